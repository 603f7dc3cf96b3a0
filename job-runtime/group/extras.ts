/**
 * Who gets one unit more than others, where units do not divide evenly (pure). Each stage has a number of extras to give,
 * no member gets two of one stage, and over all stages members differ by at most one. As many extras as possible go where
 * they are wished for.
 *
 * That is a flow of least cost: stages → members → a common end, where each member may pass on its fair share, and one
 * unit more through a gate as wide as what the fair shares leave over. Each round sends one unit along the cheapest way
 * that is left, which may take back what an earlier round decided.
 */

interface Edge {
  readonly to: number;
  /** 0: to be avoided no more and no less than others; −1: wished for. */
  readonly cost: number;
  room: number;
  /** The same edge the other way round. */
  back: Edge | undefined;
}

/**
 * @param counts by stage: how many extras it gives, fewer than there are members
 * @param wishes by stage and member
 * @returns by stage and member: whether the extra goes there
 */
export function placeExtras(
  counts: readonly number[],
  wishes: readonly (readonly boolean[])[],
  members: number,
): boolean[][] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const graph = new Graph(counts.length + members + 3);
  const [start, gate, end] = [0, counts.length + members + 1, counts.length + members + 2];
  const stageNode = (stage: number): number => 1 + stage;
  const memberNode = (member: number): number => 1 + counts.length + member;
  const chosen = counts.map((count, stage) => {
    graph.connect(start, stageNode(stage), count);
    return wishes[stage]!.map((wish, member) => graph.connect(stageNode(stage), memberNode(member), 1, wish ? -1 : 0));
  });
  for (let member = 0; member < members; member++) {
    graph.connect(memberNode(member), end, Math.floor(total / members));
    graph.connect(memberNode(member), gate, 1);
  }
  graph.connect(gate, end, total % members);
  for (let sent = 0; sent < total; sent++) graph.sendOne(start, end);
  return chosen.map((edges) => edges.map((edge) => edge.room === 0));
}

class Graph {
  private readonly edges: Edge[][];

  constructor(nodes: number) {
    this.edges = Array.from({ length: nodes }, () => []);
  }

  connect(from: number, to: number, room: number, cost = 0): Edge {
    const edge: Edge = { to, cost, room, back: undefined };
    edge.back = { to: from, cost: -cost, room: 0, back: edge };
    this.edges[from]!.push(edge);
    this.edges[to]!.push(edge.back);
    return edge;
  }

  /** There is always a way: extras that go round all members in turn would fill every one of them. */
  sendOne(start: number, end: number): void {
    const arrivals = this.cheapestWays(start);
    for (let node = end; node !== start;) {
      const edge = arrivals[node]!;
      edge.room--;
      edge.back!.room++;
      node = edge.back!.to;
    }
  }

  /** By node: the last edge of the cheapest way there (Bellman and Ford, with a queue: costs may be negative). */
  private cheapestWays(start: number): (Edge | undefined)[] {
    const arrivals: (Edge | undefined)[] = this.edges.map(() => undefined);
    const costs = this.edges.map((_, node) => (node === start ? 0 : Infinity));
    const queue = [start];
    for (const node of queue) {
      for (const edge of this.edges[node]!) {
        if (edge.room === 0 || costs[node]! + edge.cost >= costs[edge.to]!) continue;
        costs[edge.to] = costs[node]! + edge.cost;
        arrivals[edge.to] = edge;
        queue.push(edge.to);
      }
    }
    return arrivals;
  }
}
