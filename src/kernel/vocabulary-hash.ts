// Written by `node scripts/build-vocabulary.js --accept`: what build/vocabulary/vocabulary.bin has to be. It changes
// only with the packages it is made of or with its layout, and then on purpose.

/** SHA-256 of the image, in hexadecimal. */
export const VOCABULARY_SHA256 = 'ee7555061c9eb33786ff2267aade002aee580f53a6e81dff37e37cdc5541f6e3';

/** Length of the image in bytes. */
export const VOCABULARY_BYTES = 31_270_848;
