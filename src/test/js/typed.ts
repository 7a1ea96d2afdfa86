// What a browser engineer writes in TypeScript; the README prints the first part. Checked by types.mjs, not run.

// README
import { io, type Socket } from 'socket.io-client';
import { pushBridge, type ClientToServer, type Push, type ServerToClient } from 'push-bridge-client';

declare module 'push-bridge-client' {
  interface DataByType { share: { url: string } } // a type of your own
}

const socket: Socket<ServerToClient, ClientToServer> = io('https://push.example.com');

function headline(push: Push) {
  switch (push.type) {
    case 'like': return `${push.data.actor.name} liked ${push.data.post.title}`;
    case 'comment': return push.data.comment.text;
    case 'share': return push.data.url;
    default: return push.entityType;
  }
}

const bridge = pushBridge(socket, { tokenId: 'anna', userId: '1' }, {
  message: (push, { key, read }) => console.log(key, read ? 'read' : 'new', headline(push)), // in every tab
  toast: (push) => new Notification(headline(push)), // in one tab
  read: (key) => console.log(`${key} was read, here or in another tab`),
  resync: () => location.reload(), // away for longer than the bridge remembers
});
bridge.read('like-1');
// README

socket.emit('user_login', { tokenId: 'anna', userId: '1' }, (answer) => console.log(answer.ok ? answer.sessions : answer.error));
socket.on('receive_message', (push, cursor) => console.log(headline(push), cursor.length));

// @ts-expect-error it is tokenId
socket.emit('user_login', { tokenID: 'anna' });
// @ts-expect-error nothing of this name is ever sent
socket.on('message', () => {});
// @ts-expect-error a like has no comment
export const text = (push: Push) => push.type === 'like' ? push.data.comment.text : '';
// @ts-expect-error whose data is not known may be anything
export const name = (push: Push) => push.type === undefined ? push.data.actor : '';
