/** The inner parts of kafkajs 2.2.4 that broker-connection.ts uses. Its version is pinned, and a test holds each part. */
declare module 'kafkajs/src/network/connectionPool.js' {
  interface RequestQueue {
    readonly pending: readonly unknown[];
    scheduleCheckPendingRequests: () => void;
    push(request: QueuedRequest): void;
  }

  interface QueuedRequest {
    readonly entry: Readonly<{
      apiKey: number;
      apiName: string;
      apiVersion: number;
      correlationId: number;
      resolve: (answer: { readonly payload: Buffer }) => void;
      reject: (error: Error) => void;
    }>;
    readonly expectResponse: boolean;
    /** Null: the pool's. */
    readonly requestTimeout: number | null;
    readonly sendRequest: () => void;
  }

  interface Connection {
    readonly requestQueue: RequestQueue;
    readonly socket: { write(bytes: Uint8Array): void };
    nextCorrelationId(): number;
    rejectRequests(error: Error): void;
  }

  // eslint-disable-next-line no-restricted-exports -- as the package exports it
  export default class ConnectionPool {
    constructor(options: Record<string, unknown>);
    readonly pool: readonly Connection[];
    getConnection(index?: number): Promise<unknown>;
    getConnectionByRequest: () => Promise<unknown>;
  }
}

declare module 'kafkajs/src/broker/index.js' {
  // eslint-disable-next-line no-restricted-exports -- as the package exports it
  export default class Broker {
    constructor(options: Record<string, unknown>);
    connect(): Promise<void>;
    /** False also when the session has to be authenticated anew. */
    isConnected(): boolean;
    disconnect(): Promise<void>;
    /** By api key: the versions that the broker speaks. */
    readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>> | null;
  }
}

declare module 'kafkajs/src/loggers/index.js' {
  const loggers: {
    readonly createLogger: (options: { level: number; logCreator: () => () => void }) => unknown;
  };
  // eslint-disable-next-line no-restricted-exports -- as the package exports it
  export default loggers;
}
