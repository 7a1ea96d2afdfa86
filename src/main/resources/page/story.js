// What became of the last event, as the bridge tells it: `/page/events/<id>`, where that is switched on.

/** Of a burst, the last one is enough; and the acknowledgements are on their way. */
const PAUSE_MS = 300;
/** So often it is asked again while one of them is missing. */
const MORE_TRIES = 5;
const MORE_PAUSE_MS = 1000;

/** Returns what `receive_message` is to be given to. */
export function story(explains, connection) {
  const box = document.getElementById('story');
  let timer;

  function askLater(id, pause, tries) {
    timer = setTimeout(() => ask(id, tries).catch(() => {}), pause); // away for a moment: the next event asks again
  }

  async function ask(id, tries) {
    const asked = timer;
    const answer = await fetch(`page/events/${encodeURIComponent(id)}`);
    if (answer.ok && timer === asked) {
      const told = await answer.json();
      show(told, id);
      if (tries > 0 && !told.event.deliveries.every((delivery) => delivery.acknowledged)) {
        askLater(id, MORE_PAUSE_MS, tries - 1);
      }
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
      askLater(id, PAUSE_MS, MORE_TRIES);
    }
  };
}
