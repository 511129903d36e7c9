/** files.getUploadURLExternal, files.completeUploadExternal, files.info: the three-step upload and its polling. */

import type { StoredFile } from '../state/files.ts';
import { type Json, jsonList, text } from '../state/json.ts';
import type { Workspace } from '../state/workspace.ts';
import { type Method, needed, SlackRefusal, structured } from './call.ts';
import { writableChannel } from './chat.ts';

function wire(file: StoredFile, workspace: Workspace, origin: string): Json {
  const mimetype = workspace.files.mediaType(file);
  return {
    id: file.id,
    name: file.name,
    title: file.title,
    mimetype,
    filetype: mimetype === '' ? '' : (file.name.split('.').at(-1) ?? ''),
    size: file.bytes.length,
    user: workspace.directory.botUserId,
    url_private: `${origin}/files/${file.id}`,
    channels: file.shares,
    shares: {},
  };
}

const getUploadUrl: Method = ({ workspace, args, origin }) => {
  const name = needed(args, 'filename');
  if (!(Number(args.length) > 0))
    throw new SlackRefusal('invalid_arguments', ['[ERROR] missing required field: length']);
  const file = workspace.files.reserve(name);
  return { upload_url: `${origin}/upload/${file.ticket}`, file_id: file.id };
};

const completeUpload: Method = ({ workspace, args, origin }) => {
  const wanted = jsonList(structured(args, 'files'));
  if (wanted.length === 0) throw new SlackRefusal('invalid_arguments', ['[ERROR] missing required field: files']);
  const channel = text(args.channel_id);
  if (channel !== undefined) writableChannel(workspace, { channel });
  const files = wanted.map((entry) => {
    const file = workspace.files.complete(needed(entry, 'id', 'file_not_found'), text(entry.title), channel);
    if (file === undefined) throw new SlackRefusal('file_not_found');
    return wire(file, workspace, origin);
  });
  return { files };
};

const info: Method = ({ workspace, args, origin }) => {
  const file = workspace.files.find(needed(args, 'file', 'file_not_found'));
  if (file === undefined || !file.completed) throw new SlackRefusal('file_not_found');
  return { file: wire(file, workspace, origin) };
};

export const fileMethods: Readonly<Record<string, Method>> = {
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': completeUpload,
  'files.info': info,
};
