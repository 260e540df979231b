/**
 * What goes wrong with messages that are sent again.
 *
 * @module
 */
import { correct, firstTimeout, hasArrived, implementation, model, span, window } from "./retransmission.ts";
import { plant, type ZooHouse } from "./zoo.ts";

/** The link's house. */
export function retransmissionHouse(): ZooHouse {
  return {
    name: "retransmission",
    model,
    walk: { weights: { send: 4, tick: 4, acknowledge: 8 }, labels: {} },
    correct: implementation(correct),
    bugs: plant(implementation, correct, {
      "word-shifted-by-one": {
        title: "the word of acknowledgements moves by one, however many messages are done with",
        rule: { shifted: (acknowledged) => acknowledged >> 1 },
      },
      "tries-kept-in-the-slot": {
        title: "a message that gets a slot begins with the tries of the one before",
        rule: { fresh: ({ tries }, deadline) => ({ deadline, tries, overtaken: 0 }) },
      },
      "overtaken-kept-in-the-slot": {
        title: "a message that gets a slot begins as often overtaken as the one before",
        rule: { fresh: ({ overtaken }, deadline) => ({ deadline, tries: 1, overtaken }) },
      },
      "next-number-acknowledged": {
        title: "an acknowledgement counts for the message that is to be sent next",
        rule: { counts: (offset, underWay) => offset >= 0 && offset <= underWay && offset < window },
      },
      "duplicates-overtake": {
        title: "an acknowledgement that comes twice counts as another message that has overtaken",
        rule: { ignoresDuplicates: false },
      },
      "deadline-kept-when-overtaken": {
        title: "a message that was overtaken and is sent at once is sent again at its old deadline as well",
        rule: { overtakenDeadline: ({ deadline }) => deadline },
      },
      "closed-by-those-not-acknowledged": {
        title: "the window is closed by so many messages that are not acknowledged, wherever the oldest is",
        rule: {
          isClosed: (state) => {
            const arrived = [0, 1, 2].filter((offset) => hasArrived(state, offset)).length;
            return span(state) - arrived === window || span(state) === window + 1;
          },
        },
      },
      "deadline-not-brought-forward": {
        title: "a message that is sent while others are under way does not bring the next deadline forward",
        rule: {
          wakeAfterSend: (state, deadline) => span(state) === 1 ? deadline : state.wake,
        },
      },
      "word-kept-when-broken": {
        title: "acknowledgements behind the messages that were given up count for new ones",
        rule: { afterBreak: (acknowledged) => acknowledged },
      },
      "due-before-the-wrap": {
        title: "deadlines are compared with the clock without its wrap",
        rule: { isDue: (deadline, clock) => deadline <= clock },
      },
      "backoff-of-the-oldest": {
        title: "only the oldest message waits longer after it was sent again",
        rule: { timeout: (tries, offset) => offset === 0 ? correct.timeout(tries, offset) : firstTimeout },
      },
      "numbers-without-wrap": {
        title: "an acknowledgement of a number after the wrap is not expected while the oldest is before it",
        rule: { offset: (base, number) => number - base },
      },
    }),
  };
}
