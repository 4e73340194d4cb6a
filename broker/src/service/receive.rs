//! What comes from the bus? Calls, each into the queue of its client, and the news of who has left.

use super::call::refusal;
use super::clients::Queued;
use super::desk::Desk;
use super::tell::Tell;
use super::{Shared, bus};
use crate::api::fault::{Fault, FaultKind, Standard};
use crate::authority::Subject;
use futures::StreamExt;
use netsession_backends::client::port::Request;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use zbus::message::Type;
use zbus::{Message, MessageStream};

/// Takes messages until the bus is gone.
pub(super) async fn receive(shared: Arc<Shared>, mut messages: MessageStream) {
    let mut desks = JoinSet::new();
    while let Some(message) = messages.next().await {
        // those who have left
        while desks.try_join_next().is_some() {}
        match message {
            Ok(message) => match message.message_type() {
                Type::MethodCall => called(&shared, message, &mut desks),
                Type::Signal => left(&shared, &message),
                Type::MethodReturn | Type::Error => {}
            },
            Err(error) => tracing::debug!(%error, "a message that is none"),
        }
    }
    for name in shared.registry.names() {
        leave(&shared, &name);
    }
}

fn called(shared: &Arc<Shared>, message: Message, desks: &mut JoinSet<()>) {
    let sender = message.header().sender().map(|sender| Arc::<str>::from(sender.as_str()));
    // the bus says who sends
    let Some(sender) = sender else { return };
    let most = shared.limits.arguments;
    if shared.ending.load(Ordering::Relaxed) {
        refuse(shared, &message, &Fault::standard(Standard::Disconnected, "the broker is ending: call it again, it will be started"));
    } else if message.body().len() > most {
        let text = format!("arguments of {} bytes: no more than {most}", message.body().len());
        refuse(shared, &message, &Fault::new(FaultKind::LimitExceeded, text));
    } else {
        match shared.registry.queue(&sender, message.clone(), &shared.limits) {
            Queued::Waits => {}
            Queued::Full => {
                let text = format!("{} calls wait already: wait for answers", shared.limits.queue_per_client);
                refuse(shared, &message, &Fault::new(FaultKind::LimitExceeded, text));
            }
            Queued::First(calls) => {
                desks.spawn(serve(Arc::clone(shared), sender, calls));
            }
        }
    }
}

fn refuse(shared: &Shared, message: &Message, fault: &Fault) {
    shared.metrics.refusal(fault.name());
    if let Some(answer) = refusal(message, fault) {
        shared.tell(Tell::Ready(answer, None));
    }
}

/// Learns who a client is, then serves it.
async fn serve(shared: Arc<Shared>, name: Arc<str>, calls: mpsc::Receiver<Message>) {
    let client = match bus::credentials(&shared.connection, &name).await {
        Ok((uid, pid)) => shared.registry.introduce(Subject { bus_name: Arc::clone(&name), uid, pid }, bus::process(pid)),
        Err(error) => {
            tracing::debug!(%name, %error, "a client that the bus does not know any more");
            None
        }
    };
    match client {
        Some(client) => Desk::new(Arc::clone(&shared), client).run(calls).await,
        None => leave(&shared, &name),
    }
}

/// Somebody left the bus, if that is what the signal says, and if the bus says so.
fn left(shared: &Shared, signal: &Message) {
    let header = signal.header();
    let from_bus = header.sender().is_some_and(|sender| sender.as_str() == bus::NAME);
    if !from_bus || header.member().is_none_or(|member| member.as_str() != "NameOwnerChanged") {
        return;
    }
    if let Ok((name, _, "")) = signal.body().deserialize::<(&str, &str, &str)>() {
        leave(shared, name);
    }
}

fn leave(shared: &Shared, name: &str) {
    for session in shared.registry.leave(name) {
        tracing::debug!(name, %session, "its owner has left");
        shared.port.send(Request::Drop(session));
    }
}
