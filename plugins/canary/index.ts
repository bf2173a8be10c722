// canary: a share of the traffic goes to another model or target. Who goes there is decided by a hash of his name, so that he stays on his side
// from request to request and on every thread. README.md has the settings.
import { config, evidence, GO_ON, log, request, route } from '../sdk';
import { Globs } from '../sdk/glob';
import { hashOf } from './hash';

/** A share is known to a hundredth of a percent. */
const BUCKETS: i64 = 10_000;
const SUBJECTS: string[] = ['consumer', 'end_user', 'key', 'client_ip', 'request'];

let share: i64 = 0;
let subject: string = 'consumer';
let salt: string = '';
let model: string = '';
let target: string = '';
let from: Globs = new Globs([]);
let include: Globs = new Globs([]);
let exclude: Globs = new Globs([]);

export function configure(): i32 {
  const percent = config.number('percent', -1);
  if (!(percent >= 0 && percent <= 100)) config.problem('config.percent must be a number from 0 to 100');
  else share = <i64>Math.round(percent * 100);
  subject = config.oneOf('by', SUBJECTS, 'consumer');
  salt = config.string('salt', 'canary');
  model = config.string('model');
  target = config.string('target');
  if ((model == '') == (target == ''))
    config.problem('config must have one of model and target: where the canaries go');
  from = new Globs(config.strings('from'));
  include = new Globs(config.strings('include'));
  exclude = new Globs(config.strings('exclude'));
  return config.check();
}

export function on_request(): i32 {
  const asked = request.model;
  if (from.patterns.length > 0 && !from.has(asked)) return stays('other_model');
  const name = nameOf();
  if (exclude.has(name)) return stays('excluded');
  if (name == '') return stays('no_name');
  const bucket = <i64>(hashOf(salt, name) % <u64>BUCKETS);
  evidence.number('bucket', bucket);
  if (include.has(name)) return goes('included');
  return bucket < share ? goes('share') : stays('share');
}

function nameOf(): string {
  if (subject == 'end_user') return request.endUser;
  if (subject == 'key') return `${request.consumer}/${request.key}`;
  if (subject == 'client_ip') return request.clientIp;
  return subject == 'request' ? request.id : request.consumer;
}

function stays(why: string): i32 {
  evidence.text('side', 'stable');
  evidence.text('why', why);
  return GO_ON;
}

function goes(why: string): i32 {
  const isDone = model != '' ? route.setModel(model) : route.setTarget(target);
  if (!isDone) {
    log.warn(`there is no target ${model}${target}: the request stays where it is`);
    return stays('refused');
  }
  evidence.text('side', 'canary');
  evidence.text('why', why);
  return GO_ON;
}
