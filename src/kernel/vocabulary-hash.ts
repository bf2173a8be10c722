// Written by `node scripts/build-vocabulary.js --accept`: what build/vocabulary/vocabulary.bin has to be. It changes
// only with the packages it is made of or with its layout, and then on purpose.

/** SHA-256 of the image, in hexadecimal. */
export const VOCABULARY_SHA256 = '677612bd40856684960834b7c282c4fbfeb977f0210c1386f9b6daf30bf84da0';

/** Length of the image in bytes. */
export const VOCABULARY_BYTES = 31_795_136;
