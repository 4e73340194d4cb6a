//! How much may one user ask of the broker, so that others are served, too?

/// What one client or user can have of the broker. What is beyond is answered with `LimitExceeded`, and nothing changes; but calls that
/// come too fast are looked at later: a program that begins with much at once is slower then, and has nothing to repeat. One that goes on
/// without waiting for answers finds its queue full, which costs the broker no more than to say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Sessions of one user, over all of its connections: 1000.
    pub sessions_per_user: usize,
    /// Calls of one user that were not answered yet, over all of its connections: 1000.
    pub calls_per_user: usize,
    /// Calls of one user that are looked at in a second, over all of its connections, once [`burst`](Self::burst) is used up: 2000.
    pub calls_per_second: usize,
    /// Calls of one user that are looked at as they come, after a time without any: 50000. As many as it takes to create, read, open, close
    /// and release 10000 sessions.
    pub burst: usize,
    /// Calls of one connection that nobody looked at yet: 256.
    pub queue_per_client: usize,
    /// Bytes of the arguments of one call: 64 KiB.
    pub arguments: usize,
    /// Bytes of one name in them: 255.
    pub name: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions_per_user: 1000,
            calls_per_user: 1000,
            calls_per_second: 2000,
            burst: 50_000,
            queue_per_client: 256,
            arguments: 64 * 1024,
            name: 255,
        }
    }
}
