'use strict';
const isBroken = process.env.FAULT === 'verify';
module.exports = {
  getBackend: () => 'tensorflow',
  backend: () => ({ binding: { TF_Version: isBroken ? '1.0.0' : '2.21.0' } }),
  tensor2d: () => undefined,
  matMul: () => ({ dataSync: () => [19, 22, 43, 50] }),
};
