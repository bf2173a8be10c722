// The smallest uWebSockets.js → undici pass-through: what Weir's own work is measured against.
import { program } from '../processes.js';

export const bare = {
  name: 'bare',
  title: 'smallest uWebSockets.js → undici pass-through',
  missing: () => null,
  start: ({ upstreamPort }) => ({ argv: [process.execPath, program('bare'), String(upstreamPort)] }),
};
