//! What does the policy file mean, and where exactly is it wrong?

use netsession_broker::authority::{
    Account, Accounts, Act, Authority, NoChoice, Policy, PolicyFile, Source, Subject, SystemAccounts, Verdict, Whose, choose,
};
use netsession_broker::service::Limits;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn policy(text: &str) -> Policy {
    Policy::parse("policy.toml", text).expect("a policy")
}

fn account(uid: u32, name: &str, groups: &[&str]) -> Account {
    Account { uid, name: Some(name.into()), groups: groups.iter().map(ToString::to_string).collect() }
}

/// Which acts are allowed.
fn allowed(policy: &Policy, account: &Account) -> Vec<&'static str> {
    let acts = Act::ALL.into_iter().filter(|act| policy.decide("policy.toml", account, *act) == Verdict::Allowed);
    acts.map(Act::name).collect()
}

const EVERYTHING: [&str; 5] = ["open", "stop-others", "choose-access-points", "observe", "configure"];

#[test]
fn the_file_that_is_installed_is_right() {
    let policy = policy(Policy::sample());
    assert_eq!(policy.limits, Limits::default());
    assert_eq!(allowed(&policy, &account(0, "root", &["root"])), EVERYTHING);
    assert_eq!(allowed(&policy, &account(1000, "alice", &["alice"])), ["open"]);
    assert_eq!(allowed(&policy, &account(1001, "bob", &["bob", "netsession"])), ["open", "choose-access-points", "observe"]);
    assert_eq!(allowed(&policy, &Account { uid: 4711, ..Account::default() }), ["open"], "a user without a name");
}

#[test]
fn without_a_rule_root_may_and_nobody_else() {
    let policy = policy("");
    assert_eq!(policy, Policy { rules: vec![], limits: Limits::default() });
    assert_eq!(allowed(&policy, &account(0, "root", &[])), EVERYTHING);
    assert_eq!(allowed(&policy, &account(1, "daemon", &[])), [""; 0]);
    let denied = policy.decide("/etc/p.toml", &account(1, "daemon", &[]), Act::Observe);
    assert_eq!(denied, Verdict::Denied("no rule of /etc/p.toml lets user daemon observe".into()));
}

#[test]
fn the_first_rule_that_fits_decides() {
    let policy = policy(
        r#"
[[rule]]
user = "mallory"
verdict = "deny"

[[rule]]
group = "net"
acts = ["open", "stop-others"]
verdict = "allow"

[[rule]]
uid = 1003
acts = ["open"]
verdict = "deny"

[[rule]]
acts = ["open", "observe"]
verdict = "allow"

[[rule]]
uid = 0
acts = ["configure"]
verdict = "deny"
"#,
    );
    for (account, expected) in [
        (account(1000, "alice", &["net"]), &["open", "stop-others", "observe"][..]),
        (account(1001, "mallory", &["net"]), &[]),
        (account(1002, "bob", &["bob"]), &["open", "observe"]),
        (account(1003, "carol", &["carol"]), &["observe"]),
        (account(1003, "carol", &["net"]), &["open", "stop-others", "observe"]),
        (account(0, "root", &[]), &["open", "stop-others", "choose-access-points", "observe"]),
    ] {
        assert_eq!(allowed(&policy, &account), expected, "{account:?}");
    }
    let denied = policy.decide("policy.toml", &account(1001, "mallory", &[]), Act::Open);
    assert_eq!(denied, Verdict::Denied("the rule in line 2 of policy.toml denies open to user mallory".into()));
}

#[test]
fn limits_are_each_their_own() {
    assert_eq!(policy("[limits]\nsessions = 3").limits, Limits { sessions_per_user: 3, ..Limits::default() });
    assert_eq!(policy("[limits]\nrequests = 7").limits, Limits { calls_per_user: 7, ..Limits::default() });
    assert_eq!(policy("[limits]\nrequests-per-second = 7").limits, Limits { calls_per_second: 7, ..Limits::default() });
    assert_eq!(policy("[limits]\nburst = 7").limits, Limits { burst: 7, ..Limits::default() });
}

#[test]
fn a_mistake_is_reported_with_its_place_and_a_way_out() {
    for (text, place, said) in [
        (
            "[[rule]]\nverdikt = \"allow\"",
            "policy.toml:2:1: unknown key `verdikt`",
            "expected one of `user`, `group`, `uid`, `acts`, `verdict`",
        ),
        ("[[rules]]\n", "policy.toml:1:3: unknown key `rules`", "expected `rule` or `limits`"),
        (
            "[limits]\nsesions = 1",
            "policy.toml:2:1: unknown key `sesions`",
            "expected one of `sessions`, `requests`, `requests-per-second`, `burst`",
        ),
        ("[[rule]]\nuser = \"a\"\n", "policy.toml:1:1: missing key `verdict`", "netsession-policy(5)"),
        ("[[rule]]\nverdict = \"maybe\"", "policy.toml:2:11: unknown value `maybe`", "expected `allow` or `deny`"),
        (
            "[[rule]]\nacts = [\"open\", \"stop\"]\nverdict = \"allow\"",
            "policy.toml:2:17: unknown value `stop`",
            "expected one of `open`, `stop-others`, `choose-access-points`, `observe`, `configure`",
        ),
        ("[[rule]]\nacts = []\nverdict = \"allow\"", "policy.toml:2:8: a rule without acts decides nothing", "leave the key out"),
        ("[[rule]]\nuser = \"\"\nverdict = \"allow\"", "policy.toml:2:8: nobody has an empty name", "for everybody"),
        ("[[rule]]\nuid = 1\ngroup = \"x\"\nverdict = \"deny\"", "policy.toml:3:9: a rule is for one", "one rule for each"),
        ("[[rule]]\nuid = -1\nverdict = \"deny\"", "policy.toml:2:7: invalid value: integer `-1`", "expected u32"),
        ("[limits]\nsessions = 0", "policy.toml:2:12: nobody could do anything", "deny `open`"),
        ("[limits]\nrequests-per-second = 0", "policy.toml:2:23: nobody could do anything", "deny `open`"),
        ("[limits]\nburst = 0", "policy.toml:2:9: nobody could do anything", "deny `open`"),
        ("[limits\n", "policy.toml:1:8: ", ""),
    ] {
        let error = Policy::parse("policy.toml", text).expect_err(text).to_string();
        assert!(error.starts_with(place), "{text}\nis told as\n{error}");
        assert!(error.contains(said), "{text}\nis told as\n{error}");
    }
}

#[test]
fn the_system_knows_root() {
    let root = SystemAccounts.account(0);
    assert_eq!((root.name.as_deref(), root.groups.contains("root")), (Some("root"), true), "{root:?}");
    let nobody = SystemAccounts.account(u32::MAX - 7);
    assert_eq!(nobody, Account { uid: u32::MAX - 7, ..Account::default() });
}

#[derive(Debug)]
struct Known;

impl Accounts for Known {
    fn account(&self, uid: u32) -> Account {
        account(uid, "alice", &["net"])
    }
}

#[tokio::test]
async fn a_policy_file_answers_by_the_groups_of_the_moment() {
    let policy = policy("[[rule]]\ngroup = \"net\"\nacts = [\"open\"]\nverdict = \"allow\"");
    let file = PolicyFile::new("p.toml", policy, Arc::new(Known));
    let alice = Subject { bus_name: ":1.7".into(), uid: 1000, pid: 0 };
    assert_eq!(file.check(&alice, Act::Open, false).await, Verdict::Allowed);
    assert_eq!(file.check(&alice, Act::Observe, true).await, Verdict::Denied("no rule of p.toml lets user alice observe".into()));
}

/// A file of this test's own.
fn file(name: &str, text: &str, mode: u32) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&path);
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("its mode");
    path
}

#[tokio::test]
async fn a_bus_of_one_user_is_that_users() {
    let path = file("one-user.toml", "[limits]\nsessions = 5", 0o644);
    let choice = choose(Whose::User(1000), Some(&path)).await.expect("a choice");
    assert_eq!((&choice.source, choice.limits.sessions_per_user), (&Source::OneUser(1000), 5));
    assert_eq!(choice.source.to_string(), "user 1000 alone");
    for (uid, expected) in [(1000, true), (0, true), (1001, false)] {
        let subject = Subject { bus_name: ":1.7".into(), uid, pid: 0 };
        let verdict = choice.authority.check(&subject, Act::StopOthers, false).await;
        assert_eq!(verdict == Verdict::Allowed, expected, "{uid}: {verdict:?}");
    }
}

#[tokio::test]
async fn a_policy_file_that_cannot_be_trusted_is_refused() {
    let gone = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-such.toml");
    let error = choose(Whose::User(0), Some(&gone)).await.expect_err("no file");
    assert!(matches!(&error, NoChoice::Unreadable { file, .. } if *file == gone), "{error}");
    let loose = file("loose.toml", "", 0o664);
    let error = choose(Whose::User(0), Some(&loose)).await.expect_err("anybody could write it");
    assert!(error.to_string().contains("could be changed by users it does not belong to: `chown root:root` and `chmod 644` it"), "{error}");
    let wrong = file("wrong.toml", "[[rule]]\n", 0o644);
    let error = choose(Whose::User(0), Some(&wrong)).await.expect_err("a mistake").to_string();
    assert!(error.starts_with(&format!("{}:1:1: missing key `verdict`", wrong.display())), "{error}");
}
