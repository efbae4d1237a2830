'use strict';
const isBroken = process.env.FAULT === 'verify';
module.exports = {
  getBackend: () => 'tensorflow',
  backend: () => ({
    binding: { TF_Version: isBroken ? '1.0.0' : '2.21.0' },
    executeSingleOutput: () => ({ dataSync: () => [0, 200] }),
  }),
  tensor1d: () => undefined,
  tensor2d: () => undefined,
  matMul: () => ({ dataSync: () => [19, 22, 43, 50] }),
};
