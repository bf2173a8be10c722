// `durability: fsync`: one fdatasync at a time, in the thread pool; all that was written before it began is safe when it is done, and those who
// wait for it are told together. What is not safe yet is kept: after a failed fdatasync the kernel may have forgotten it, so it is written anew.
import type { JournalFiles } from './journal-files.js';
import type { SegmentFile } from './segment-file.js';

export type Written = () => void;

class Group {
  readonly bytes: Buffer[] = [];
  readonly waiting: Written[] = [];
  /** Segments that nothing more is written to: synced, then closed. */
  readonly retired: SegmentFile[] = [];
  current: SegmentFile | null = null;
  /** A segment has got its name. */
  folder = false;
}

export class GroupSync {
  readonly #files: JournalFiles;
  readonly #folderFd: number;
  readonly #tell: (waiting: Written[]) => void;
  readonly #failed: (cause: Error, unsafe: Buffer[]) => void;
  #running: Group | null = null;
  #next = new Group();
  #idle: (() => void)[] = [];

  /** `failed` gets all that is not safe, in order; it is told before those who wait for it are. */
  constructor(
    files: JournalFiles,
    folder: string,
    tell: (waiting: Written[]) => void,
    failed: (cause: Error, unsafe: Buffer[]) => void,
  ) {
    this.#files = files;
    this.#folderFd = files.openFolder(folder);
    this.#tell = tell;
    this.#failed = failed;
  }

  /** A segment that is active from now on. */
  begin(): void {
    this.#next.folder = true;
  }

  retire(segment: SegmentFile): void {
    this.#next.retired.push(segment);
    this.#next.current = null;
  }

  /** Bytes that have just been written to `segment`, which are kept until they are safe. */
  wrote(segment: SegmentFile, bytes: Buffer): void {
    this.#next.bytes.push(bytes);
    this.#next.current = segment;
  }

  /** Once all that was written so far is safe. */
  tellAfter(waiting: readonly Written[]): void {
    for (const each of waiting) this.#next.waiting.push(each);
    if (this.#running === null) this.#start();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    if (this.#running === null) this.#start();
    if (this.#running !== null) await new Promise<void>(resolve => this.#idle.push(resolve));
  }

  close(): void {
    this.#files.close(this.#folderFd);
  }

  #start(): void {
    const group = this.#next;
    const nothing = group.current === null && group.retired.length === 0 && group.waiting.length === 0;
    if (nothing) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#running = group;
    this.#next = new Group();
    void this.#sync(group).then(
      () => this.#ended(group, null),
      (cause: Error) => this.#ended(group, cause),
    );
  }

  async #sync({ retired, current, folder }: Group): Promise<void> {
    const fds = retired.map(({ fd }) => fd);
    if (current !== null) fds.push(current.fd);
    try {
      for (const fd of fds) await promised(done => this.#files.datasync(fd, done));
      if (folder) await promised(done => this.#files.sync(this.#folderFd, done));
    } finally {
      for (const segment of retired) segment.close();
    }
  }

  #ended(group: Group, cause: Error | null): void {
    this.#running = null;
    const waiting = group.waiting;
    if (cause !== null) {
      // What was written after it went to the same file: nobody can say of it either whether it will be safe.
      this.#failed(cause, [...group.bytes, ...this.#next.bytes]);
      this.#next.bytes.length = 0;
      this.#next.current = null;
      for (const each of this.#next.waiting.splice(0)) waiting.push(each);
    }
    this.#tell(waiting);
    if (this.#running === null) this.#start();
  }
}

function promised(call: (done: (cause: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call(cause => (cause === null ? resolve() : reject(cause))));
}
