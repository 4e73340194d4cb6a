//! A call that waits for its one answer, and what it counts.

use super::clients::{Client, Share};
use crate::api::fault::Fault;
use std::sync::Arc;
use zbus::message::{Flags, Header};
use zbus::{DynamicType, Message};

/// A call; counts as one of its user's until it is answered or dropped.
#[derive(Debug)]
pub(super) struct Call {
    message: Message,
    client: Arc<Client>,
    _share: Share,
}

impl Call {
    pub(super) fn new(message: Message, client: Arc<Client>, share: Share) -> Self {
        Self { message, client, _share: share }
    }

    pub(super) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    pub(super) fn header(&self) -> Header<'_> {
        self.message.header()
    }

    /// The answer; `None` if nobody takes it.
    pub(super) fn answer<B>(&self, body: &B) -> Option<Message>
    where
        B: serde::Serialize + DynamicType,
    {
        let wanted = is_answer_wanted(&self.message) && !self.client.is_gone();
        wanted.then(|| Message::method_return(&self.header()).build(body)).and_then(built)
    }

    /// The answer of a call that is refused; `None` if nobody takes it.
    pub(super) fn refuse(&self, fault: &Fault) -> Option<Message> {
        if self.client.is_gone() { None } else { refusal(&self.message, fault) }
    }
}

/// The answer of a call that is refused; `None` if nobody takes it.
pub(super) fn refusal(call: &Message, fault: &Fault) -> Option<Message> {
    is_answer_wanted(call).then(|| fault.answer(&call.header())).and_then(built)
}

/// Whether it may ask a person.
pub(super) fn is_interactive(call: &Message) -> bool {
    call.primary_header().flags().contains(Flags::ALLOW_INTERACTIVE_AUTH)
}

fn is_answer_wanted(call: &Message) -> bool {
    !call.primary_header().flags().contains(Flags::NO_REPLY_EXPECTED)
}

/// A message that could not be built is one too long for the bus.
pub(super) fn built(message: zbus::Result<Message>) -> Option<Message> {
    message.inspect_err(|error| tracing::warn!(%error, "a message cannot be sent")).ok()
}
