"""A mail server for tests."""

import base64
import socketserver
import threading


class _Session(socketserver.StreamRequestHandler):
    """As much of SMTP as one mail needs."""

    def handle(self):
        answers = {"EHLO": self.hello, "AUTH": self.account,
                   "DATA": self.mail, "QUIT": lambda _: "221 2.0.0 Bye"}
        self.say("220 mail.example.com ESMTP Postfix")
        for line in self.rfile:
            command, _, rest = line.decode().strip().partition(" ")
            self.say(answers.get(command.upper(), self.other)(rest))

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def hello(self, _):
        return ("250-mail.example.com\r\n250-SIZE 10240000\r\n"
                "250-AUTH PLAIN LOGIN\r\n250-ENHANCEDSTATUSCODES\r\n"
                "250 8BITMIME")

    def other(self, _):
        return "250 2.1.0 Ok"

    def account(self, what):
        _, user, password = base64.b64decode(what.split()[1]).split(b"\0")
        self.server.accounts.append((user.decode(), password.decode()))
        return "235 2.7.0 Authentication successful"

    def mail(self, _):
        self.say("354 End data with <CR><LF>.<CR><LF>")
        self.server.mails.append(
            b"".join(iter(self.rfile.readline, b".\r\n")).decode())
        return "250 2.0.0 Ok: queued as 4XyZab12cdz9"


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails = []
        self.accounts = []  # user and password of each login
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def close(self):
        self.shutdown()
        self.server_close()
