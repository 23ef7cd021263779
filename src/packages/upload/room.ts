/** How much memory the documents of all uploads under way may take together: anybody with an account may send them. */
import { fail } from '../../kernel/failure.ts';

const MiB = 1024 * 1024;

/** A part of the room, held by one upload from its first byte to its answer. */
export interface Place {
  /** Says how much is held now, in bytes as estimated. Fails with `busy` where the others leave no room for that. */
  hold(bytes: number): void;
  leave(): void;
}

export interface Room {
  enter(): Place;
}

/**
 * Opens a room of `size` bytes. The first `free` bytes of each upload do not count: ordinary documents never wait for
 * others. A document that is alone always fits.
 */
export function openRoom(size = 256 * MiB, free = 2 * MiB): Room {
  let taken = 0;
  return {
    enter() {
      let held = 0;
      return {
        hold(bytes) {
          const wanted = Math.max(0, bytes - free);
          const others = taken - held;
          if (wanted > held && others > 0 && others + wanted > size) fail('busy', { retryAfter: 5 });
          taken = others + wanted;
          held = wanted;
        },
        leave() {
          taken -= held;
          held = 0;
        },
      };
    },
  };
}
