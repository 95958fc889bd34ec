"""Somebody who takes mail."""

import base64
import socketserver
import threading


class _Session(socketserver.StreamRequestHandler):
    """As much of SMTP as one mail takes."""

    def handle(self):
        answers = {"EHLO": self.hello, "AUTH": self.account,
                   "DATA": self.mail, "QUIT": lambda _: "221 bye"}
        self.say("220 ready")
        for line in self.rfile:
            command, _, rest = line.decode().strip().partition(" ")
            self.say(answers.get(command.upper(), lambda _: "250 ok")(rest))

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def hello(self, _):
        return "250-here\r\n250 AUTH PLAIN"

    def account(self, what):
        _, user, password = base64.b64decode(what.split()[1]).split(b"\0")
        self.server.accounts.append((user.decode(), password.decode()))
        return "235 welcome"

    def mail(self, _):
        self.say("354 go on")
        self.server.mails.append(
            b"".join(iter(self.rfile.readline, b".\r\n")).decode())
        return "250 ok"


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails = []
        self.accounts = []  # who gave a name, and with which password
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def close(self):
        self.shutdown()
        self.server_close()
