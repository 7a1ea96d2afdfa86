// What was pushed to this tab, the newest first, with the time it took.

const MAX_CARDS = 100;

/** Returns what `receive_message` is to be given to; latencies go on to `onLatency`. */
export function feed(onLatency) {
  const list = document.getElementById('feed');
  const latencies = [];
  let count = 0;

  return (push) => {
    const arrivedAt = Date.now();
    document.getElementById('feed-empty').hidden = true;
    const latency = push.occurredAt ? Math.max(0, arrivedAt - Date.parse(push.occurredAt)) : undefined;
    if (latency !== undefined) {
      onLatency(latency);
      latencies.push(latency);
      latencies.splice(0, latencies.length - MAX_CARDS);
    }
    count++;
    document.getElementById('feed-count').textContent =
      `${count} so far` + (latencies.length > 0 ? `, median ${median(latencies)} ms` : '');
    list.prepend(card(push, arrivedAt, latency));
    if (list.children.length > MAX_CARDS) {
      list.lastElementChild.remove();
    }
  };
}

function card(push, arrivedAt, millis) {
  const item = document.getElementById('push-card').content.cloneNode(true).firstElementChild;
  item.querySelector('use').setAttribute('href', `glyphs.svg#${glyph(push)}`);
  item.querySelector('.headline').textContent = headline(push);
  item.querySelector('.meta').textContent =
    [new Date(arrivedAt).toLocaleTimeString(), push.entityType, push.id && `id ${push.id.slice(0, 8)}`].filter(Boolean).join(' · ');
  item.querySelector('pre').textContent = JSON.stringify(push, null, 2);
  const latency = item.querySelector('.latency');
  if (millis !== undefined) {
    latency.textContent = `${millis} ms`;
    latency.title = 'from occurredAt, when the button was pressed, to the arrival in this tab';
  } else {
    latency.textContent = 'no occurredAt';
    latency.classList.add('unknown');
  }
  return item;
}

function glyph({ type, data }) {
  return ['like', 'comment', 'follow'].includes(type) ? type : typeof data === 'string' ? 'original' : 'event';
}

function headline({ type, data }) {
  const who = data?.actor?.name ?? 'Somebody';
  const what = data?.post?.title ? `“${data.post.title}”` : 'your post';
  switch (type) {
    case 'like': return `${who} liked ${what}`;
    case 'comment': return `${who} on ${what}: ${data?.comment?.text ?? ''}`;
    case 'follow': return `${who} follows you`;
    default: return typeof data === 'string' ? data : type ?? 'An event';
  }
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}
