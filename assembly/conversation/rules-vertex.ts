// What Vertex's predict carries. It has no fixed form: these are the fields of Google's own models for text, chat, embeddings.
import { eachTurn, ignore, key, keyAs, list, raw, text, turn } from './keys';
import * as M from './meanings';
import * as A from './places';
import * as R from './roots';

export function setVertexRules(): void {
  const root = R.ROOT_VERTEX_PREDICT;
  list(root, 'instances', A.VERTEX_INSTANCES);
  ignore(root, 'parameters,labels');
  keyAs(M.USER, A.VERTEX_INSTANCES, '', M.TEXT, A.VERTEX_INSTANCE, M.UNKNOWN);
  const instance = A.VERTEX_INSTANCE;
  turn(M.USER, instance, 'content,prompt,text', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  keyAs(M.SYSTEM, instance, 'context', M.TEXT, M.UNKNOWN, M.UNKNOWN);
  text(instance, 'title', M.TEXT);
  raw(instance, 'examples', M.OPAQUE);
  list(instance, 'messages', A.VERTEX_MESSAGES);
  key(instance, 'image', M.IMAGE, A.VERTEX_IMAGE, M.UNKNOWN);
  key(instance, 'video', M.VIDEO, A.VERTEX_VIDEO, M.UNKNOWN);
  ignore(instance, 'task_type,taskType');
  eachTurn(M.NO_ROLE, A.VERTEX_MESSAGES, M.UNKNOWN, A.VERTEX_MESSAGE);
  text(A.VERTEX_MESSAGE, 'author,role', M.ROLE);
  text(A.VERTEX_MESSAGE, 'content', M.TEXT);
  text(A.VERTEX_IMAGE, 'bytesBase64Encoded,gcsUri', M.IMAGE);
  text(A.VERTEX_VIDEO, 'bytesBase64Encoded,gcsUri', M.VIDEO);
  ignore(A.VERTEX_IMAGE, 'mimeType');
  ignore(A.VERTEX_VIDEO, 'mimeType,videoSegmentConfig');
}
