//! Commands that are interrupted: they end at a safe point, say so, and the next run goes on.

use anyhow::Result;

use crate::effects::{APPLY, DRAFT, apply, behind_a_proxy, documents};

/// Ctrl-C while the first document is on its way.
#[test]
fn an_apply_that_is_interrupted_ends_behind_its_delivery_and_goes_on_the_next_time() -> Result<()> {
    let (company, proxy, _) = behind_a_proxy()?;
    let (sender, process) = std::sync::mpsc::channel::<u32>();
    proxy.before(DRAFT, move || {
        let process = process.recv()?.to_string();
        let killed = std::process::Command::new("kill")
            .args(["-INT", &process])
            .status()?;
        assert!(killed.success());
        Ok(())
    });
    let started = company.place.start(&APPLY)?;
    sender.send(started.id())?;
    let ended = started.wait_with_output()?;
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{told}");
    assert!(
        told.contains("stopping after the delivery that is being sent"),
        "{told}"
    );
    let shown = String::from_utf8_lossy(&ended.stdout);
    assert!(shown.contains("what was sent is kept"), "{shown}");
    assert_eq!(documents(&company)?.len(), 1);
    apply(&company, 0)?;
    assert_eq!(documents(&company)?.len(), 2);
    company.place.expect(0, &["verify"])?;
    Ok(())
}
