//! Who serves a client? One task for each, its calls in the order in which they were sent: what they are and whether they may be.

mod decide;

use super::Shared;
use super::call::{Call, refusal};
use super::clients::{Client, Share};
use super::tell::{Read, Tell};
use crate::api::fault::{Fault, FaultKind};
use netsession_backends::client::port::{Answer, Request};
use netsession_fsm::hub::{self, Input, SessionOptions};
use netsession_fsm::words::{ConfigurationId, SessionId};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use tokio::sync::mpsc;
use zbus::Message;

/// Serves one client.
pub(super) struct Desk {
    shared: Arc<Shared>,
    client: Arc<Client>,
}

/// What a call comes to, once it is allowed.
enum Action {
    Call(SessionId, hub::Call),
    Create(ConfigurationId, SessionOptions, Share),
    Release(SessionId),
    Refresh,
    Administer(Input),
    Read(Read),
    Text(String),
    Socket(OwnedFd, String),
    Nothing,
}

impl Desk {
    pub(super) fn new(shared: Arc<Shared>, client: Arc<Client>) -> Self {
        Self { shared, client }
    }

    /// Serves the calls of the client until it has left.
    pub(super) async fn run(self, mut calls: mpsc::Receiver<Message>) {
        while let Some(message) = calls.recv().await {
            let wait = self.client.wait(&self.shared.limits);
            if !wait.is_zero() {
                self.shared.metrics.delayed();
                tokio::time::sleep(wait).await;
            }
            if self.client.is_gone() {
                return;
            }
            self.shared.metrics.request();
            let Some(share) = self.client.call(&self.shared.limits) else {
                let most = self.shared.limits.calls_per_user;
                let text = format!("{most} calls of user {} wait for their answers: no more until some have it", self.client.subject.uid);
                self.refuse_early(&message, &Fault::new(FaultKind::LimitExceeded, text));
                continue;
            };
            let action = self.decide(&message).await;
            let call = Call::new(message, Arc::clone(&self.client), share);
            match action {
                Ok(action) => self.act(call, action),
                Err(fault) => self.refuse(call, &fault),
            }
        }
    }

    fn refuse(&self, call: Call, fault: &Fault) {
        self.shared.metrics.refusal(fault.name());
        if let Some(answer) = call.refuse(fault) {
            self.shared.tell(Tell::Ready(answer, Some(call)));
        }
    }

    fn refuse_early(&self, message: &Message, fault: &Fault) {
        self.shared.metrics.refusal(fault.name());
        if let Some(answer) = refusal(message, fault) {
            self.shared.tell(Tell::Ready(answer, None));
        }
    }

    fn act(&self, call: Call, action: Action) {
        let shared = Arc::clone(&self.shared);
        let answer = move |call: Call| {
            Answer::call(move |result| {
                let taken = !call.client().is_gone();
                shared.tell(Tell::Answer(call, result));
                taken
            })
        };
        match action {
            Action::Call(session, asked) => {
                self.shared.port.send(Request::Call { session, call: asked, answer: Some(answer(call)) });
            }
            Action::Refresh => {
                self.shared.port.send(Request::Refresh { answer: answer(call) });
            }
            Action::Create(configuration, options, share) => {
                let answer = self.created(call, share);
                self.shared.port.send(Request::Create { configuration, options, answer });
            }
            Action::Release(session) => {
                // only the first of two is the owner's still
                if self.shared.registry.disown(session, &self.client) {
                    self.shared.tell(Tell::After(call, Input::Drop(session)));
                    self.shared.port.send(Request::Drop(session));
                } else {
                    self.refuse(call, &Fault::unknown_session());
                }
            }
            Action::Administer(input) => {
                self.shared.tell(Tell::After(call, input.clone()));
                self.shared.port.send(Request::Administer { name: None, input });
            }
            Action::Read(read) => self.shared.tell(Tell::Read(call, read)),
            Action::Text(text) => self.ready(call, &text),
            Action::Nothing => self.ready(call, &()),
            Action::Socket(socket, interface) => self.ready(call, &(zbus::Fd::from(socket), interface)),
        }
    }

    /// The answer to a creation: the session is the client's, or nobody's if that has left meanwhile; then it is dropped again.
    fn created(&self, call: Call, share: Share) -> Answer<SessionId> {
        let shared = Arc::clone(&self.shared);
        Answer::call(move |result| match result {
            Ok(session) => {
                if let Some(keeping) = &shared.keeping {
                    keeping.own(session, &call.client().subject);
                }
                let owned = shared.registry.own(session, call.client(), share);
                if owned {
                    shared.tell(Tell::Created(call, session));
                }
                owned
            }
            Err(refusal) => {
                shared.tell(Tell::Answer(call, Err(refusal)));
                true
            }
        })
    }

    fn ready<B>(&self, call: Call, body: &B)
    where
        B: serde::Serialize + zbus::DynamicType,
    {
        if let Some(answer) = call.answer(body) {
            self.shared.tell(Tell::Ready(answer, Some(call)));
        }
    }
}
