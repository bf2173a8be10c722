// Written by `node scripts/build-vocabulary.js --accept`: what build/vocabulary/vocabulary.bin has to be. It changes
// only with the packages it is made of or with its layout, and then on purpose.

/** SHA-256 of the image, in hexadecimal. */
export const VOCABULARY_SHA256 = 'cd50a1bb26a5dd8a3e1d36f1e081e41e2965e8351cbcbb3300f00365d42c46e3';

/** Length of the image in bytes. */
export const VOCABULARY_BYTES = 22_357_952;
