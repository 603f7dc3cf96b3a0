import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BinaryHeap } from './binary-heap.ts';

describe('BinaryHeap', () => {
  test('an empty heap is due at no time', () => {
    expect(new BinaryHeap().next).toBe(Infinity);
    expect(new BinaryHeap().size).toBe(0);
  });

  test('gives items in the order in which they are due', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 })), (dues) => {
        const heap = new BinaryHeap();
        dues.forEach((due, item) => heap.push(due, item));
        const popped: [number, number][] = [];
        while (heap.size > 0) popped.push([heap.next, heap.pop()]);
        expect(popped.map(([due]) => due)).toEqual(dues.toSorted((a, b) => a - b));
        expect(popped.every(([due, item]) => dues[item] === due)).toBe(true);
        expect(new Set(popped.map(([, item]) => item)).size).toBe(dues.length);
      }),
    );
  });

  test('agrees with a sorted list under any mix of pushes and pops', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ noNaN: true }))), (steps) => {
        const heap = new BinaryHeap();
        let model: number[] = [];
        const popped: [number, number][] = [];
        steps.forEach((due, item) => {
          if (due !== null) {
            heap.push(due, item);
            model = [...model, due].sort((a, b) => a - b);
          } else if (model.length > 0) {
            popped.push([heap.next, model.shift()!]);
            heap.pop();
          }
          expect(heap.size).toBe(model.length);
        });
        expect(popped.map(([due]) => due)).toEqual(popped.map(([, wanted]) => wanted));
      }),
    );
  });

  test('is empty after clear, and usable again', () => {
    const heap = new BinaryHeap();
    heap.push(3, 1);
    heap.clear();
    expect(heap.size).toBe(0);
    heap.push(5, 2);
    expect([heap.next, heap.pop(), heap.size]).toEqual([5, 2, 0]);
  });
});
