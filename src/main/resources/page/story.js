// What became of the last event, as the bridge tells it: `/page/events/<id>`, where that is switched on.

/** Of a burst, the last one is enough; and the acknowledgement is on its way. */
const PAUSE_MS = 300;

/** Returns what `receive_message` is to be given to. */
export function story(explains, connection) {
  const box = document.getElementById('story');
  let timer;

  async function ask(id) {
    const answer = await fetch(`page/events/${encodeURIComponent(id)}`);
    if (answer.ok) {
      show(await answer.json(), id);
    }
  }

  function show({ topic, event }, id) {
    box.hidden = false;
    box.dataset.id = id;
    document.getElementById('story-record').textContent =
      `${topic}, partition ${event.partition}, offset ${event.offset}: ${event.outcome}, ${event.meaning}.`;
    document.getElementById('story-deliveries').replaceChildren(...event.deliveries.map((delivery) => {
      const item = document.createElement('li');
      const where = delivery.socketId === connection.id() ? 'this tab' : `socket ${delivery.socketId.slice(0, 6)}…`;
      const words = [delivery.outcome, delivery.acknowledged === null ? 'never acknowledged anything' : delivery.acknowledged ? 'acknowledged' : 'not acknowledged'];
      item.textContent = `${delivery.token}, ${where}: ${[...words, delivery.end].filter(Boolean).join(', ')}`;
      return item;
    }));
  }

  return ({ id }) => {
    clearTimeout(timer);
    if (explains && id) {
      timer = setTimeout(() => ask(id).catch(() => {}), PAUSE_MS); // away for a moment: the next event asks again
    }
  };
}
