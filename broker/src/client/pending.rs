//! What was asked of the broker and is not answered yet, and how each is answered when it never will be.

use super::calls::About;
use netsession_backends::client::port::{Answer, Denial, Request};
use netsession_backends::client::{BrokerError, Family, NoSocket, Side, SocketKind};
use netsession_fsm::hub::{Call, Input, SessionOptions};
use netsession_fsm::words::{ConfigurationId, SessionId};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A call under way, with all it takes to make it again.
#[derive(Debug)]
pub(super) enum Pending {
    /// `CreateSession`.
    Create(Wanted),
    /// The properties of the session that was made for it.
    Look { wanted: Wanted, path: String },
    /// A call on a session.
    Call { session: SessionId, call: Call, about: About, answer: Option<Answer> },
    /// `OpenSocket`.
    Socket { session: SessionId, side: Side, kind: SocketKind, family: Family, answer: oneshot::Sender<Result<socket2::Socket, NoSocket>> },
    /// `Refresh`.
    Refresh(Answer),
    /// A change of the catalogue or of the system, which nobody waits for.
    Administer { name: Option<Arc<str>>, input: Input },
    /// `Release`.
    Release,
    /// The properties of a session whose signals are not all here.
    Reread(SessionId),
}

/// A session that is wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) configuration: ConfigurationId,
    pub(super) options: SessionOptions,
    pub(super) answer: Answer<SessionId>,
}

impl Pending {
    /// The request, to be put again because the broker never got it.
    pub(super) fn again(self) -> Option<Request> {
        Some(match self {
            Self::Create(Wanted { configuration, options, answer }) => Request::Create { configuration, options, answer },
            Self::Call { session, call, answer, .. } => Request::Call { session, call, answer },
            Self::Socket { session, side, kind, family, answer } => Request::Socket { session, side, kind, family, answer },
            Self::Refresh(answer) => Request::Refresh { answer },
            Self::Administer { name, input } => Request::Administer { name, input },
            // what was made is gone with the broker that made it: it is asked for again
            Self::Look { wanted: Wanted { configuration, options, answer }, .. } => Request::Create { configuration, options, answer },
            // done with the broker's end, and by reading everything of the next one
            Self::Release | Self::Reread(_) => return None,
        })
    }

    /// It will not be answered any more.
    pub(super) fn deny(self, error: BrokerError) {
        if let Some(request) = self.again() {
            deny(request, error);
        }
    }
}

/// Answers a request that is not put to any broker, or was and will not be answered.
pub(super) fn deny(request: Request, error: BrokerError) {
    // whoever asked may have gone
    match request {
        Request::Create { answer, .. } => _ = answer.deny(error),
        Request::Call { answer: Some(answer), .. } | Request::Refresh { answer } => _ = answer.deny(error),
        Request::Socket { answer, .. } => _ = answer.send(Err(NoSocket::Denied(Denial::Broker(error)))),
        Request::Administer { input, .. } => tracing::warn!(?input, %error, "not carried out"),
        Request::Call { answer: None, .. } | Request::Drop(_) | Request::Shutdown { .. } => {}
    }
}
