import type { NpmPackage } from '../cache/npm-package.ts';

/** Drawing styles: Google's Noto (Apache-2.0), and Twitter's Twemoji (CC BY 4.0) as a style never trained on. */
export type EmojiStyle = 'google' | 'twitter';

/** Where the drawings of each style come from. */
export const EMOJI_PACKAGES: Readonly<Record<EmojiStyle, NpmPackage>> = {
  google: {
    name: 'emoji-datasource-google',
    version: '16.0.0',
    integrity:
      'sha512-ZRexfzs7MVoLnmzZmNsO4TKhnAJp5D++Vm6PpUpH/jEQQlemp3l88CjZ+DoZ2faM9R4QxZkOPJCoT8DlPhfQ3A==',
    megabytes: 74,
  },
  twitter: {
    name: 'emoji-datasource-twitter',
    version: '16.0.0',
    integrity:
      'sha512-7F+uCuHH+7Qnrc15P5tnbvKkg9E6tlzi4MnT2uW1RlN4pLYTza6cP/dstIfSDMtpjFLWuZewWg8jBbuL2eyELQ==',
    megabytes: 62,
  },
};
