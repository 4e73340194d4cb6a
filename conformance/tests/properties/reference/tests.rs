//! Does the reference find what is wrong? Stories of which each breaks one rule, beside one that breaks none.

use super::agrees;
use netsession_conformance::scenario::Scenario;

const BEGINNING: &str = "# A story.\naccess point lan: away\naccess point phone\nservice network internet: lan, phone\n";

fn told(story: &str) -> Result<(), String> {
    let text = format!("{BEGINNING}{story}");
    let story = Scenario::read("story", &text).unwrap_or_else(|error| panic!("{error}"));
    agrees(&story, &story)
}

#[test]
fn what_is_as_it_should_be_is_not_complained_of() {
    let story = "session anna on internet: application\nanna opens\nanna says Connecting, Connected, opened\nphone is up\n\
                 the default route goes through phone\nafter 2 s\nlan is mended\nanna says upgrade lan\nafter 2 s\nanna migrates\n\
                 anna says Roaming, activated lan\nlan is up\nafter 2 s\nanna accepts\nanna says Connected\nphone is down\n\
                 the default route goes through lan\nafter 2 s\nanna closes\nanna says closed, Closing, Disconnected\nlan is down\n\
                 the default route is as found\nafter 2 s\n";
    assert_eq!(told(story), Ok(()));
}

#[test]
fn each_mistake_is_found() {
    let opened = "session anna on internet: application\nsession bert on phone\nanna opens\nanna says Connecting, Connected, opened\n\
                  bert says Connecting, Connected\nphone is up\nthe default route goes through phone\nafter 2 s\n";
    for (mistake, why) in [
        ("anna says Connected\n", "S7"),
        ("bert says error SessionAborted lost\n", "S3"),
        ("bert says opened\n", "did not ask"),
        ("anna says closed\n", "nothing happened"),
        ("anna says Disconnected\n", "S1"),
        ("anna says upgrade lan\n", "out of reach"),
        ("anna says activated lan\n", "S17"),
        ("anna says withdrawn\n", "S16"),
        ("bert says Roaming\n", "not open"),
        ("lan is mended\nafter 2 s\nlan is up\nafter 2 s\n", "L5"),
        ("the default route is as found\nafter 2 s\n", "S19"),
        ("phone is down\nafter 2 s\n", "S1"),
        ("anna closes\nanna says Disconnected, closed\nafter 2 s\n", "SPEC §4"),
        ("anna closes\nanna says closed\nanna says upgrade phone\n", "follows `closed`"),
        ("anna begins to close\nafter 2 s\n", "S2"),
    ] {
        let said = told(&format!("{opened}{mistake}"));
        assert!(said.as_ref().is_err_and(|said| said.contains(why)), "{mistake}: {said:?}");
    }
    let late = told("session anna on lan\nafter 2 s\nlan repeats the report before its last\nanna says Disconnected\n");
    assert!(late.as_ref().is_err_and(|said| said.contains("changes nothing")), "{late:?}");
    let wrong = told("session anna on lan\nanna opens\n");
    assert!(wrong.as_ref().is_err_and(|said| said.contains("in reach")), "{wrong:?}");
}
