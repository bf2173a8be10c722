// The list of rules: what a tidy tree is. Each is a pure function over the tree; its reason stands beside it.
import {
  coreImportsNothing,
  doorsHaveOneUser,
  guestsStayInside,
  importsGoDown,
  noCycles,
  stagesStayApart,
} from './rules/floors.js';
import {
  everyTestRuns,
  noAny,
  noEmptyCatch,
  noIgnores,
  nothingLeftForLater,
  skipsSayWhy,
  testsAssert,
} from './rules/honesty.js';
import {
  filesAreShort,
  filesSayWhatTheyAre,
  functionsAreShort,
  namesAreKebabCase,
  noBarrels,
  noDefaultExports,
} from './rules/shape.js';
import {
  changesAreTold,
  linksLead,
  lockfileIsPortable,
  noMachinePaths,
  noRegistryHosts,
} from './rules/world.js';
import type { Rule } from './tree.js';

export const RULES: readonly Rule[] = [
  importsGoDown,
  coreImportsNothing,
  stagesStayApart,
  doorsHaveOneUser,
  guestsStayInside,
  noCycles,
  filesAreShort,
  functionsAreShort,
  filesSayWhatTheyAre,
  namesAreKebabCase,
  noDefaultExports,
  noBarrels,
  noAny,
  noIgnores,
  nothingLeftForLater,
  noEmptyCatch,
  everyTestRuns,
  skipsSayWhy,
  testsAssert,
  noMachinePaths,
  noRegistryHosts,
  lockfileIsPortable,
  changesAreTold,
  linksLead,
];
