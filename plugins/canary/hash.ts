// A hash that is the same on every machine: FNV-1a over the UTF-16 units of salt and key, then MurmurHash3's finish, since FNV's high bits
// hardly depend on the last characters. Not secret: who knows the salt can choose his bucket by choosing his name.

const OFFSET: u64 = 0xcbf29ce484222325;
const PRIME: u64 = 0x100000001b3;

export function hashOf(salt: string, key: string): u64 {
  return finished(absorbed(absorbed(OFFSET, salt) ^ 0x1f, key));
}

function absorbed(start: u64, text: string): u64 {
  let hash = start;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = (hash ^ <u64>(unit & 0xff)) * PRIME;
    hash = (hash ^ <u64>(unit >> 8)) * PRIME;
  }
  return hash;
}

function finished(hash: u64): u64 {
  let mixed = hash;
  mixed = (mixed ^ (mixed >> 33)) * 0xff51afd7ed558ccd;
  mixed = (mixed ^ (mixed >> 33)) * 0xc4ceb9fe1a85ec53;
  return mixed ^ (mixed >> 33);
}
