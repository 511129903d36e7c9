/** api.test, auth.test, apps.connections.open, users.*, usergroups.*: identities of the app and of people. */
import type { Person } from '../state/directory.ts';
import type { Json } from '../state/json.ts';
import type { Workspace } from '../state/workspace.ts';
import { type Method, needed, SlackRefusal } from './call.ts';

const authTest: Method = ({ workspace, origin }) => {
  const { teamName, teamId, botUserId, botId, appName } = workspace.directory;
  return {
    url: `${origin}/`,
    team: teamName,
    team_id: teamId,
    user: appName,
    user_id: botUserId,
    bot_id: botId,
    is_enterprise_install: false,
  };
};

const openConnection: Method = ({ openSocketUrl }) => ({ url: openSocketUrl() });

function wire(person: Person, workspace: Workspace): Json {
  return {
    id: person.id,
    team_id: person.teamId ?? workspace.directory.teamId,
    name: person.name,
    real_name: person.realName,
    deleted: false,
    is_bot: false,
    is_stranger: person.teamId !== undefined,
    is_restricted: person.guest !== undefined,
    is_ultra_restricted: person.guest === 'single-channel',
    tz: 'Etc/UTC',
    tz_offset: 0,
    profile: { real_name: person.realName, display_name: person.name },
  };
}

const userInfo: Method = ({ workspace, args }) => {
  const person = workspace.directory.people.find(({ id }) => id === needed(args, 'user', 'user_not_found'));
  if (person === undefined) throw new SlackRefusal('user_not_found');
  return { user: wire(person, workspace) };
};

const userList: Method = ({ workspace }) => ({
  members: workspace.directory.people.map((person) => wire(person, workspace)),
});

const groupList: Method = ({ workspace }) => ({
  usergroups: workspace.directory.userGroups.map(({ id, handle, users }) => ({
    id,
    handle,
    name: handle,
    user_count: users.length,
  })),
});

const groupUsers: Method = ({ workspace, args }) => {
  const wanted = needed(args, 'usergroup', 'no_such_subteam');
  const group = workspace.directory.userGroups.find(({ id }) => id === wanted);
  if (group === undefined) throw new SlackRefusal('no_such_subteam');
  return { users: group.users };
};

export const identityMethods: Readonly<Record<string, Method>> = {
  'api.test': () => ({}),
  'auth.test': authTest,
  'apps.connections.open': openConnection,
  'users.info': userInfo,
  'users.list': userList,
  'usergroups.list': groupList,
  'usergroups.users.list': groupUsers,
};
