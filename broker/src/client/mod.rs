//! The port to a broker: the client API of this process over a hub in another one.
