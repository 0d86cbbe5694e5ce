"""A program at a terminal of its own: answers typed, screen read."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

COLUMNS = 500  # no sentence that a test looks for is folded


class Terminal:
    def __init__(self, command, env=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
            env = dict(env or os.environ, TERM="xterm")
            os.execvpe(str(command[0]), [str(part) for part in command], env)
        self.screen = ""
        self.seen = 0  # up to there `expect` has read

    def _read(self, deadline):
        """False: the program has ended."""
        if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
            raise AssertionError("waited in vain; the screen shows:\n" + self.screen[-3000:])
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # the other end is closed
            return False
        self.screen += piece.decode(errors="replace").replace("\r\n", "\n")
        return bool(piece)

    def expect(self, text, seconds=60):
        """Waits until `text` is shown behind what was waited for before; what stands between."""
        deadline = time.monotonic() + seconds
        while (at := self.screen.find(text, self.seen)) < 0:
            if not self._read(deadline):
                raise AssertionError(f"ended without '{text}':\n" + self.screen[-3000:])
        between, self.seen = self.screen[self.seen:at], at + len(text)
        return between

    def type(self, text):
        os.write(self.fd, text.encode())

    def answer(self, question, text="", seconds=60):
        """Types `text` at the prompt that holds `question`; what was shown before it."""
        shown = self.expect(question, seconds)
        self.expect(": ", seconds)
        self.type(text + "\n")
        return shown

    def end(self, seconds=60):
        """Exit code and what was shown last."""
        deadline = time.monotonic() + seconds
        while self._read(deadline):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.pid = None
        return os.waitstatus_to_exitcode(status), self.screen[self.seen:]

    def kill(self):
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self.fd)
            self.pid = None
