// Small file systems of our own, to be filled to the brim or cut from power: what root may do on Linux, and else a sentence why not.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK = Buffer.alloc(64 * 1024, 1);

function run(command, ...args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}: ${(error.stderr ?? error.message).trim()}`);
  }
}

/** One that lives in memory. @returns a Disk, or a sentence that says why there can be none */
export function smallDisk(folder, mebibytes) {
  return mounted(folder, path => run('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path));
}

/** An ext4 in a file: it has a journal of its own, and can be cut from power. */
export function cuttableDisk(folder, mebibytes) {
  const image = join(folder, 'disk.img');
  return mounted(folder, path => {
    run('truncate', '-s', `${mebibytes}M`, image);
    run('mkfs.ext4', '-q', '-F', image);
    run('mount', '-o', 'loop', image, path);
  });
}

function mounted(folder, mount) {
  if (process.platform !== 'linux') return 'small file systems are mounted on Linux only';
  const path = join(folder, 'disk');
  mkdirSync(path, { recursive: true });
  try {
    mount(path);
  } catch (error) {
    return `no file system could be mounted: ${error.message}`;
  }
  return new Disk(path, join(folder, 'disk.img'));
}

export class Disk {
  #ballast = null;
  #image;

  constructor(path, image) {
    this.path = path;
    this.#image = image;
  }

  /** Takes all room that is left; returns the bytes taken. Again and again, where somebody else gives room back. */
  fill() {
    this.#ballast ??= openSync(join(this.path, 'ballast'), 'a');
    let bytes = 0;
    for (let size = BLOCK.length; size > 0; ) {
      try {
        bytes += writeSync(this.#ballast, BLOCK, 0, size);
      } catch {
        size >>= 4; // the last bytes one by one
      }
    }
    return bytes;
  }

  /** Gives all of it back. */
  empty() {
    closeSync(this.#ballast);
    this.#ballast = null;
    rmSync(join(this.path, 'ballast'));
  }

  /** As when the plug is pulled: from now on nothing reaches the disk, and nothing that waits in memory ever will (ext4's EXT4_IOC_SHUTDOWN without a flush). */
  cut() {
    const program =
      'use Fcntl; sysopen(my $f, $ARGV[0], O_RDONLY) or die $!; my $how = pack("L", 2); ioctl($f, 0x8004587d, $how) or die $!;';
    run('perl', '-e', program, this.path);
  }

  /** Power is back; all who had files open on it must be gone. */
  restore() {
    run('umount', this.path);
    run('mount', '-o', 'loop', this.#image, this.path);
  }

  remove() {
    run('umount', this.path);
  }
}
