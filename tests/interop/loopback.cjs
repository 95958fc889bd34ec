// Preloaded: makes servers listen on loopback only.
const net = require("node:net");
const { listen } = net.Server.prototype;

net.Server.prototype.listen = function (first, ...rest) {
  if (typeof first === "object" && first !== null)
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  const callback = rest.find((each) => typeof each === "function");
  return listen.call(this, Number(first), "127.0.0.1", callback);
};
