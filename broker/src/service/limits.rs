//! How much may one user ask of the broker, so that others are served, too?

/// What one client or user can have of the broker. What is beyond is answered with `LimitExceeded`, and nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Sessions of one user, over all of its connections: 1000.
    pub sessions_per_user: usize,
    /// Calls of one user that were not answered yet, over all of its connections: 1000.
    pub calls_per_user: usize,
    /// Calls of one connection that nobody looked at yet: 256.
    pub queue_per_client: usize,
    /// Bytes of the arguments of one call: 64 KiB.
    pub arguments: usize,
    /// Bytes of one name in them: 255.
    pub name: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { sessions_per_user: 1000, calls_per_user: 1000, queue_per_client: 256, arguments: 64 * 1024, name: 255 }
    }
}
