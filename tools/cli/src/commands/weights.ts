import { caformer, loadWeights, networkOf, resNet, saveWeights, vit, type Backbone } from '@fovea/backbones';
import { readSafetensors } from '@fovea/files';
import { key } from '@fovea/random';
import { ready } from '@fovea/tensorflow';
import type { Command } from 'commander';

/** `weights show` and `weights convert`: networks in safetensors files. */
export function addWeightsCommands(program: Command): void {
  const weights = program.command('weights').description('networks in safetensors files: show, convert');

  weights
    .command('show')
    .description('list the arrays of a safetensors file')
    .argument('<file>')
    .action((file: string) => {
      const { tensors, metadata } = readSafetensors(file);
      for (const [name, text] of Object.entries(metadata)) console.log(`${name} = ${text}`);
      const width = Math.max(0, ...[...tensors.keys()].map((name) => name.length));
      for (const [name, { dtype, shape }] of tensors) {
        console.log(`${name.padEnd(width)}  ${dtype.padEnd(4)}  [${shape.join(', ')}]`);
      }
      const elements = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
      console.log(`${tensors.size} arrays, ${elements.toLocaleString('en')} elements`);
    });

  weights
    .command('convert')
    .description(
      "turn a PyTorch state dict of torchvision's ResNets or timm's vision transformers into this suite's form",
    )
    .argument('<from>', 'safetensors file of the state dict')
    .argument('<to>', 'safetensors file to write')
    .option(
      '--prefix <prefix>',
      "what stands before the network's names; found by itself where there is one network",
    )
    .option('--twelve-heads', "a small vision transformer with 12 heads (MoCo v3, BAM) instead of timm's 6")
    .action(async (from: string, to: string, options: { prefix?: string; twelveHeads?: boolean }) => {
      await ready();
      const { prefix } = options;
      const backbone = emptyNetwork(from, prefix, options.twelveHeads ?? false);
      const report = loadWeights(from, backbone, prefix === undefined ? {} : { prefix });
      saveWeights(to, backbone);
      const { weights: trained, statistics } = backbone.parameters;
      console.log(
        `${to}: ${backbone.name}, ${trained.size + statistics.size} arrays from "${report.prefix}*"`,
      );
      if (report.ignored.length > 0) console.log(`left out: ${report.ignored.join(', ')}`);
      backbone.parameters.dispose();
    });
}

function emptyNetwork(path: string, prefix: string | undefined, twelveHeads: boolean): Backbone {
  const network = networkOf(path, prefix);
  if (network.kind === 'resnet') {
    if (twelveHeads) throw new Error(`${path} holds a ResNet, which has no heads.`);
    return resNet(network.options, key(0));
  }
  if (network.kind === 'caformer') {
    if (twelveHeads) throw new Error(`${path} holds a CAFormer, whose heads have 32 channels each.`);
    return caformer(network.options, key(0));
  }
  const { size } = network.options;
  if (twelveHeads && size !== 'small')
    throw new Error(`${path} holds a transformer of size ${size}, not small.`);
  return vit({ ...network.options, size: twelveHeads ? 'small-12-heads' : size }, key(0));
}
