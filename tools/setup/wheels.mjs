// The wheels that libtensorflow is taken from, pinned by SHA-256. pip finds them by name and version, wherever it is told to look.
import { gpuWheels } from './gpu-wheels.mjs';
import { SetupFailure } from './failure.mjs';

/**
 * @typedef {object} Wheel
 * @property {string} package
 * @property {string} version
 * @property {string[]} target pip's options that name the platform, whatever Python the user has
 * @property {string} sha256
 * @property {number} [bytes] to show progress against
 *
 * @typedef {object} Bundle everything that one libtensorflow needs
 * @property {string} name
 * @property {string} tensorflow its version
 * @property {Wheel[]} wheels
 * @property {string[]} libraries paths of the libraries to link against
 * @property {RegExp} keep the files worth unpacking
 * @property {number} unpackedBytes
 */

export const tensorflowVersion = '2.21.0';

const linuxLibraries = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const macLibraries = ['tensorflow/libtensorflow_cc.2.dylib', 'tensorflow/libtensorflow_framework.2.dylib'];
const keep =
  /^tensorflow\/(libtensorflow_(cc|framework)(\.so\.2|\.2\.dylib)$|include\/(tensorflow\/(c|core\/platform)|tsl|xla\/tsl)\/)|^nvidia\/[^/]+\/lib\/.*\.so/;

/** @type {Record<string, Bundle>} */
const bundles = {
  'linux-x64': {
    name: `tensorflow-cpu-${tensorflowVersion}-linux-x64`,
    tensorflow: tensorflowVersion,
    wheels: [
      {
        package: 'tensorflow-cpu',
        version: tensorflowVersion,
        target: pythonTarget('manylinux_2_27_x86_64'),
        sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
        bytes: 274_000_871,
      },
    ],
    libraries: linuxLibraries,
    keep,
    unpackedBytes: 860e6,
  },
  'linux-arm64': {
    name: `tensorflow-${tensorflowVersion}-linux-arm64`,
    tensorflow: tensorflowVersion,
    wheels: [
      {
        package: 'tensorflow',
        version: tensorflowVersion,
        target: pythonTarget('manylinux_2_27_aarch64'),
        sha256: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
        bytes: 281_946_471,
      },
    ],
    libraries: linuxLibraries,
    keep,
    unpackedBytes: 890e6,
  },
  'darwin-arm64': {
    name: `tensorflow-${tensorflowVersion}-darwin-arm64`,
    tensorflow: tensorflowVersion,
    wheels: [
      {
        package: 'tensorflow',
        version: tensorflowVersion,
        target: pythonTarget('macosx_12_0_arm64'),
        sha256: '56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712',
        bytes: 223_488_205,
      },
    ],
    libraries: macLibraries,
    keep,
    unpackedBytes: 750e6,
  },
  'linux-x64-gpu': {
    name: `tensorflow-${tensorflowVersion}-linux-x64-gpu`,
    tensorflow: tensorflowVersion,
    wheels: [
      {
        package: 'tensorflow',
        version: tensorflowVersion,
        target: pythonTarget('manylinux_2_27_x86_64'),
        sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
        bytes: 572_611_111,
      },
      ...gpuWheels,
    ],
    libraries: linuxLibraries,
    keep,
    unpackedBytes: 6e9,
  },
};

/**
 * @param {{ platform: string, arch: string, gpu: boolean }} machine
 * @returns {Bundle}
 */
export function bundleFor({ platform, arch, gpu }) {
  const key = `${platform}-${arch}${gpu ? '-gpu' : ''}`;
  const bundle = bundles[key];
  if (bundle) return bundle;
  throw new SetupFailure(`TensorFlow ${tensorflowVersion} has no wheel for this machine`, {
    found: key,
    fix: gpu ? 'unset FOVEA_GPU' : `use one of ${Object.keys(bundles).join(', ')}`,
  });
}

/**
 * The library is the same for every Python; the wheel for 3.12 is the one pinned.
 *
 * @param {string} platform
 */
function pythonTarget(platform) {
  return ['--platform', platform, '--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312'];
}
