//! What does the broker's authority say, with polkitd and without?

use super::people::{ALICE, BOB, CAROL, NETSESSION, ROOT, Somebody, bus};
use netsession_broker::authority::{Act, Choice, Patience, Source, Subject, Verdict, Whose, choose_with};
use netsession_conformance::lab::Outcome;
use netsession_conformance::lab::daemons::{self, Polkit};
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::Path;
use std::time::Duration;

const ACTIONS: &str = include_str!("../../data/org.netsession.broker.policy");
const INSTALLED: &str = include_str!("../../data/netsession.rules");
/// alice may, bob may not, whatever the defaults.
const OURS: &str = r#"
polkit.addRule(function(action, subject) {
    if (action.id == "org.netsession.broker.open" && subject.user == "alice") return polkit.Result.YES;
    if (action.id.indexOf("org.netsession.broker.") == 0 && subject.user == "bob") return polkit.Result.NO;
});
"#;
/// The other way round.
const OTHER: &str = r#"
polkit.addRule(function(action, subject) {
    if (action.id == "org.netsession.broker.open" && subject.user == "alice") return polkit.Result.NO;
});
"#;
/// What decides while polkit does not: bob may observe.
const FILE: &str = "[[rule]]\nuser = \"bob\"\nacts = [\"observe\"]\nverdict = \"allow\"\n[limits]\nsessions = 9\n";
/// A polkit that hangs is given up soon; one that works answers long before, on any machine.
const SOON: Patience = Patience { polkit: Duration::from_secs(3), person: Duration::from_secs(3) };
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

async fn polkit(bus: &daemons::Bus) -> Result<Polkit, Box<dyn Error>> {
    Ok(Polkit::start(bus, ACTIONS, &format!("{INSTALLED}{OURS}")).await?)
}

/// The broker's choice, made as the user it runs as, with a policy file or without.
async fn choice(broker: &Somebody, file: bool) -> Result<Choice, Box<dyn Error>> {
    let path = Path::new("/run/netsession-lab/policy.toml");
    if file {
        std::fs::write(path, FILE)?;
    }
    Ok(choose_with(Whose::Everybody(broker.connection.clone()), file.then_some(path), SOON).await?)
}

/// The verdict in a word: allowed, or how the refusal begins.
async fn asked(choice: &Choice, subject: &Subject, act: Act, interactive: bool) -> String {
    match choice.authority.check(subject, act, interactive).await {
        Verdict::Allowed => "allowed".to_owned(),
        Verdict::Denied(why) => why,
    }
}

/// Asks until it is this.
async fn becomes(choice: &Choice, subject: &Subject, act: Act, expected: &str) -> Outcome {
    let asking = async {
        while asked(choice, subject, act, false).await != expected {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.map_err(|_| format!("it never became {expected:?}").into())
}

pub(crate) async fn knows_the_actions() -> Outcome {
    let Some(bus) = bus().await? else { return Ok(()) };
    let _polkit = polkit(&bus).await?;
    type Description = (String, String, String, String, String, String, u32, u32, u32, HashMap<String, String>);
    let authority = "org.freedesktop.PolicyKit1.Authority";
    let path = "/org/freedesktop/PolicyKit1/Authority";
    let listed =
        bus.connection().call_method(Some("org.freedesktop.PolicyKit1"), path, Some(authority), "EnumerateActions", &("",)).await?;
    let (listed,): (Vec<Description>,) = listed.body().deserialize()?;
    let defaults: BTreeMap<_, _> = listed.iter().map(|action| (action.0.as_str(), (action.6, action.7, action.8))).collect();
    // PolkitImplicitAuthorization: 2 auth_admin, 4 auth_admin_keep, 5 yes
    let expected = [
        (Act::Open, (4, 4, 5)),
        (Act::ChooseAccessPoints, (4, 4, 5)),
        (Act::Observe, (4, 4, 4)),
        (Act::StopOthers, (2, 2, 2)),
        (Act::Configure, (4, 4, 4)),
    ];
    assert_eq!(defaults, expected.map(|(act, defaults)| (act.action(), defaults)).into());
    Ok(())
}

pub(crate) async fn decides_by_user_and_rule() -> Outcome {
    let Some(bus) = bus().await? else { return Ok(()) };
    let _polkit = polkit(&bus).await?;
    let (broker, root, alice, bob, carol) = people().await?;
    let choice = choice(&broker, true).await?;
    assert_eq!((choice.because.clone(), choice.limits.sessions_per_user), (None, 9));
    assert_eq!(choice.source.to_string(), "polkit (and while it gives no answer, the rules of /run/netsession-lab/policy.toml)");
    let password = |act: Act| format!("polkit wants a password for {}", act.action());
    let denied = |act: Act| format!("polkit denies {} to this client", act.action());
    for act in Act::ALL {
        let of_the_group = [Act::Open, Act::ChooseAccessPoints, Act::Observe].contains(&act);
        for (who, expected) in [
            (&root, "allowed".to_owned()),
            (&alice, if act == Act::Open { "allowed".to_owned() } else { password(act) }),
            (&bob, denied(act)),
            (&carol, if of_the_group { "allowed".to_owned() } else { password(act) }),
        ] {
            assert_eq!(asked(&choice, &who.subject(), act, false).await, expected, "{:?} {act}", who.subject());
        }
    }
    // there is nobody to ask for a password: no agent is registered for this process
    assert_eq!(asked(&choice, &alice.subject(), Act::Observe, true).await, password(Act::Observe));
    let alice_left = alice.subject();
    drop(alice);
    becomes(&choice, &alice_left, Act::Open, "whoever asked left the bus").await
}

async fn people() -> Result<(Somebody, Somebody, Somebody, Somebody, Somebody), Box<dyn Error>> {
    let broker = Somebody::is(NETSESSION).await?;
    Ok((broker, Somebody::is(ROOT).await?, Somebody::is(ALICE).await?, Somebody::is(BOB).await?, Somebody::is(CAROL).await?))
}

pub(crate) async fn remembers_until_something_changes() -> Outcome {
    let Some(bus) = bus().await? else { return Ok(()) };
    let mut polkit = polkit(&bus).await?;
    let (broker, _root, alice, ..) = people().await?;
    let choice = choice(&broker, false).await?;
    assert_eq!(choice.source, Source::Polkit(Box::new(Source::OneUser(0))));
    let alice = alice.subject();
    assert_eq!(asked(&choice, &alice, Act::Open, false).await, "allowed");
    polkit.daemon().freeze()?;
    assert_eq!(asked(&choice, &alice, Act::Open, false).await, "allowed", "remembered: polkit cannot answer");
    polkit.daemon().thaw()?;
    Polkit::rules(OTHER)?;
    becomes(&choice, &alice, Act::Open, "polkit denies org.netsession.broker.open to this client").await
}

pub(crate) async fn hangs_and_the_file_decides() -> Outcome {
    let Some(bus) = bus().await? else { return Ok(()) };
    let mut polkit = polkit(&bus).await?;
    let (broker, _root, _alice, bob, _carol) = people().await?;
    let choice = choice(&broker, true).await?;
    let bob = bob.subject();
    polkit.daemon().freeze()?;
    assert_eq!(asked(&choice, &bob, Act::Observe, false).await, "allowed", "by the file");
    assert_eq!(asked(&choice, &bob, Act::Open, true).await, "no rule of /run/netsession-lab/policy.toml lets user bob open");
    polkit.daemon().thaw()?;
    becomes(&choice, &bob, Act::Observe, "polkit denies org.netsession.broker.observe to this client").await
}

pub(crate) async fn is_killed_and_the_file_decides() -> Outcome {
    let Some(bus) = bus().await? else { return Ok(()) };
    let mut polkit = polkit(&bus).await?;
    let (broker, _root, alice, bob, _carol) = people().await?;
    let choice = choice(&broker, true).await?;
    assert_eq!(asked(&choice, &alice.subject(), Act::Open, false).await, "allowed");
    polkit.daemon().kill().await?;
    becomes(&choice, &alice.subject(), Act::Open, "no rule of /run/netsession-lab/policy.toml lets user alice open").await?;
    assert_eq!(asked(&choice, &bob.subject(), Act::Observe, false).await, "allowed", "by the file");
    Ok(())
}

pub(crate) async fn hangs_from_the_start() -> Outcome {
    let Some(bus) = bus().await? else { return Ok(()) };
    let mut polkit = polkit(&bus).await?;
    polkit.daemon().freeze()?;
    let (broker, root, alice, bob, _carol) = people().await?;
    let choice = choice(&broker, true).await?;
    assert_eq!(choice.source.to_string(), "the rules of /run/netsession-lab/policy.toml");
    assert_eq!(choice.because.as_ref().map(ToString::to_string).as_deref(), Some("gives no answer within 3000 ms"));
    assert_eq!(asked(&choice, &bob.subject(), Act::Observe, false).await, "allowed");
    assert_eq!(asked(&choice, &root.subject(), Act::Configure, false).await, "allowed");
    assert_eq!(
        asked(&choice, &alice.subject(), Act::Observe, false).await,
        "no rule of /run/netsession-lab/policy.toml lets user alice observe"
    );
    Ok(())
}

pub(crate) async fn is_not_there() -> Outcome {
    let Some(_bus) = bus().await? else { return Ok(()) };
    let (broker, root, alice, ..) = people().await?;
    let choice = choice(&broker, false).await?;
    assert_eq!(choice.source, Source::OneUser(0));
    assert_eq!(choice.because.as_ref().map(ToString::to_string).as_deref(), Some("does not run"));
    assert_eq!(asked(&choice, &root.subject(), Act::Configure, false).await, "allowed");
    assert_eq!(asked(&choice, &alice.subject(), Act::Open, false).await, "`open` is for user 0 alone, you are 4");
    Ok(())
}
