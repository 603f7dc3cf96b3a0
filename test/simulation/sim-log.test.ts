/** The simulated broker keeps the promises of the log port, as the real ones do; without faults, in real time. */
import { describeLog } from '../conformance/log-suite.ts';
import { Broker } from './broker.ts';
import { Dice } from './dice.ts';
import { NO_FAULTS, Network } from './network.ts';
import { SimLog } from './sim-log.ts';
import { VirtualTime } from './virtual-time.ts';

describeLog('simulated', async () => {
  const time = new VirtualTime(Date.now() + 3_600_000);
  const broker = new Broker(time, new Dice(1));
  const pass = setInterval(() => void time.run(() => false, 20), 1);
  const log = new SimLog(
    { broker, network: new Network(time, new Dice(1), NO_FAULTS), expectMember: () => undefined },
    1 << 20,
  );
  return Object.assign(log, { close: async () => clearInterval(pass) });
});
