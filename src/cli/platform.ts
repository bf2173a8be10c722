// Whether uWebSockets.js can run here: its binaries are made for Linux with glibc and for macOS, one a Node version.

/** A sentence that says what is missing and what is supported, or null. */
export function platformProblem(): string | null {
  const supported =
    'Weir runs on Linux with glibc 2.27 or later (x64, arm64) and on macOS with one worker, with Node 20.19 or later';
  if (process.platform !== 'linux' && process.platform !== 'darwin') {
    return `${process.platform} is not supported. ${supported}`;
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    return `Node ${process.versions.node} is too old. ${supported}`;
  }
  if (process.platform === 'linux') {
    const glibc = glibcVersion();
    if (glibc === null) return `this Linux has no glibc (musl?). ${supported}`;
    // The binaries for Node 22 and later are built against a newer glibc than the one for Node 20.
    const needed = major >= 22 ? 38 : 27;
    const [glibcMajor = 0, glibcMinor = 0] = glibc.split('.').map(Number);
    if (glibcMajor < 2 || (glibcMajor === 2 && glibcMinor < needed)) {
      return `glibc ${glibc} is too old for Node ${major}, which needs 2.${needed}. ${supported}`;
    }
  }
  return null;
}

function glibcVersion(): string | null {
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('header' in report)) return null;
  const { header } = report;
  if (typeof header !== 'object' || header === null || !('glibcVersionRuntime' in header)) return null;
  return typeof header.glibcVersionRuntime === 'string' ? header.glibcVersionRuntime : null;
}
