"""Bad weather for a chaos run: what is wrong all the time, beside the faults that come one by one.

Agents reach the control plane through a proxy in user space, since not every kernel has netem: it holds each piece of a stream back (delay), holds some
back for as long as TCP takes to send a lost packet again (loss), and hangs up on everybody at once (storm). Hogs keep processors and disks busy.
"""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import threading

KINDS = ("delay", "loss", "storm", "cpu", "disk")
ALL = "all"
DELAY_SECONDS = (0.02, 0.08)
LOST_PERCENT = 5
RETRANSMIT_SECONDS = (0.2, 0.4)
STORM_EVERY_SECONDS = 5
CHUNK = 65536


class Proxy(threading.Thread):
    """Carries bytes between whoever connects to it and `target`, as late as the weather wants it."""

    def __init__(self, address, target, kinds, seed):
        super().__init__(daemon=True)
        self.address, self.target, self.kinds = address, target, kinds
        self.random = random.Random(seed)
        self.loop = asyncio.new_event_loop()
        self.writers = set()
        self.storms = 0
        self.listening = threading.Event()
        self.start()
        self.listening.wait(10)

    def run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, self.address, 0))
        self.port = server.sockets[0].getsockname()[1]
        self.listening.set()
        if "storm" in self.kinds:
            self.loop.create_task(self.storm())
        self.loop.run_forever()
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.close()

    async def storm(self):
        while True:
            await asyncio.sleep(STORM_EVERY_SECONDS)
            self.storms += 1
            for writer in list(self.writers):
                writer.transport.abort()

    async def serve(self, reader, writer):
        try:
            out_reader, out_writer = await asyncio.open_connection(*self.target())
        except OSError:
            writer.transport.abort()
            return
        self.writers |= {writer, out_writer}
        with contextlib.suppress(asyncio.CancelledError):  # of which the caller, asyncio's own, would complain
            await asyncio.gather(self.carry(reader, out_writer), self.carry(out_reader, writer))
        self.writers -= {writer, out_writer}

    async def carry(self, reader, writer):
        """Pieces stay in order, as in a stream: one that is held back holds back those behind it, but they all travel at once."""
        queue = asyncio.Queue()
        sender = asyncio.ensure_future(self.send(queue, writer))
        try:
            while data := await reader.read(CHUNK):
                queue.put_nowait((self.loop.time() + self.hold(), data))
        except OSError:
            pass
        queue.put_nowait((0, b""))
        await sender

    def hold(self):
        seconds = self.random.uniform(*DELAY_SECONDS) if "delay" in self.kinds else 0
        if "loss" in self.kinds and self.random.randrange(100) < LOST_PERCENT:
            seconds += self.random.uniform(*RETRANSMIT_SECONDS)
        return seconds

    async def send(self, queue, writer):
        try:
            while True:
                due, data = await queue.get()
                if not data:
                    break
                await asyncio.sleep(max(0, due - self.loop.time()))
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.join(10)


class Weather:
    """All that is wrong during a run; `folder` is on the disk that the control plane writes to."""

    def __init__(self, kinds, address, target, folder, seed):
        kinds = KINDS if ALL in kinds else kinds
        unknown = set(kinds) - set(KINDS)
        if unknown:
            raise SystemExit(f"no such weather: {', '.join(sorted(unknown))}; there are {', '.join((*KINDS, ALL))}")
        self.proxy = Proxy(address, target, kinds, seed) if set(kinds) & {"delay", "loss", "storm"} else None
        self.hogs = []
        if "cpu" in kinds:
            self.hogs += [subprocess.Popen(["sh", "-c", "while :; do :; done"], start_new_session=True) for _ in range(2 * (os.cpu_count() or 1))]
        if "disk" in kinds:
            write = f"while :; do dd if=/dev/zero of={os.path.join(folder, 'ballast')} bs=1M count=16 conv=fsync status=none; done"
            self.hogs.append(subprocess.Popen(["sh", "-c", write], start_new_session=True))

    def close(self):
        for hog in self.hogs:
            os.killpg(hog.pid, signal.SIGKILL)  # with what it has running
            hog.wait()
        if self.proxy:
            self.proxy.close()
