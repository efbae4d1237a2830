import { BAM } from './bam.ts';
import { BARLOW } from './barlow.ts';
import { BYOL } from './byol.ts';
import { CAST } from './cast.ts';
import { CMC } from './cmc.ts';
import { contrastiveCropOver } from './contrastive-crop.ts';
import { DENSE_CL } from './dense-cl.ts';
import { diDa } from './dida.ts';
import { diLo } from './dilo.ts';
import { DINO } from './dino.ts';
import { IBOT } from './ibot.ts';
import { INSDIS } from './insdis.ts';
import type { AnyMethod } from './method.ts';
import { MOCO_V1, MOCO_V2 } from './moco.ts';
import { MOCO_V3, MOCO_V3_VIT } from './moco-v3.ts';
import { MSN } from './msn.ts';
import { NNCLR } from './nnclr.ts';
import { ORL } from './orl.ts';
import { PIX_PRO } from './pix-pro.ts';
import { sgcl } from './sgcl.ts';
import { SIMCLR } from './simclr.ts';
import { SIMSIAM } from './simsiam.ts';
import { SWAV } from './swav.ts';
import { TWIST } from './twist.ts';
import { VICREG } from './vicreg.ts';

/** Every method by its name: a new one is a file and a line here. */
export const METHODS: ReadonlyMap<string, AnyMethod> = registry([
  BAM,
  diLo(INSDIS),
  diLo(MOCO_V1),
  diLo(MOCO_V2),
  diLo(CMC),
  sgcl(BYOL),
  sgcl(MOCO_V2),
  diDa(MOCO_V2),
  diDa(BYOL),
  diDa(DINO),
  SIMCLR,
  MOCO_V1,
  MOCO_V2,
  INSDIS,
  CMC,
  BYOL,
  SIMSIAM,
  SWAV,
  DINO,
  BARLOW,
  VICREG,
  NNCLR,
  MOCO_V3,
  MOCO_V3_VIT,
  TWIST,
  IBOT,
  MSN,
  DENSE_CL,
  PIX_PRO,
  ORL,
  CAST,
  contrastiveCropOver(MOCO_V2),
  contrastiveCropOver(SIMCLR),
]);

/**
 * The method of a name.
 *
 * @throws Error for an unknown one, naming those there are
 */
export function methodNamed(name: string): AnyMethod {
  const method = METHODS.get(name);
  if (method === undefined) {
    throw new Error(
      `methodNamed: there is no method '${name}'; there are ${[...METHODS.keys()].join(', ')}.`,
    );
  }
  return method;
}

function registry(methods: readonly AnyMethod[]): ReadonlyMap<string, AnyMethod> {
  return new Map(methods.map((method) => [method.name, method]));
}
