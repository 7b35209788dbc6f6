//! What the scheduler applies besides what it has just billed: what was paused goes on, what only a new plan helps keeps
//! nothing else from being sent, and what may not be sent is not tried.

use anyhow::Result;
use counterfoil_tests::practice::PracticeServer;

use crate::effects::DRAFT;
use crate::run::{
    AUTOMATIC, FIRST_DRAFT, ONCE, behind_a_proxy, company, documents, job_status, jobs, message,
    once, status,
};
use crate::small::{Company, machines};

const MAY: &str = "2026-05-01T04:00:00Z";

fn approve(company: &Company, period: &str) -> Result<()> {
    let approve = ["approve", "--period", period, "--all", "--by", "anna"];
    company.place.expect(0, &approve)?;
    Ok(())
}

#[test]
fn what_a_pause_cut_off_goes_on_when_it_is_over() -> Result<()> {
    // While an apply runs after an approval, and while a bill runs that needs none.
    for (policy, posting, job) in [
        ("", DRAFT + 1, "apply"),
        (AUTOMATIC, FIRST_DRAFT + 1, "bill"),
    ] {
        let (company, proxy, other) = behind_a_proxy(policy)?;
        if policy.is_empty() {
            once(&company, 3)?;
            approve(&company, "2026-03")?;
        }
        proxy.before(posting, move || {
            other.expect(0, &["pause", "--reason", "wrong book", "--by", "anna"])?;
            Ok(())
        });
        let cut_off = once(&company, 3)?;
        let told = jobs(&cut_off);
        assert_eq!(
            told.last().map(String::as_str),
            Some(&*format!("{job} partial"))
        );
        assert_eq!(
            message(&cut_off, told.len() - 1),
            "2026-03: deliveries: 1 confirmed, 1 not sent, 1 document reconciled, 1 finding to look at"
        );
        assert_eq!(jobs(&once(&company, 0)?), [""; 0], "it is paused");
        let resume = ["pause", "--resume", "--by", "anna"];
        company.place.expect(0, &resume)?;
        assert_eq!(jobs(&once(&company, 0)?), ["apply complete"]);
        assert_eq!(documents(&company)?.len(), 2);
        assert_eq!(jobs(&once(&company, 0)?), [""; 0]);
    }
    Ok(())
}

#[test]
fn a_month_that_has_to_be_planned_again_keeps_no_later_one_from_being_sent() -> Result<()> {
    let mut company = company("")?;
    once(&company, 3)?;
    approve(&company, "2026-03")?;
    let schedules = "discover = \"0 0 * * * *\"\nbill = \"0 0 6 1 * *\"";
    company.write_with(schedules, "", "payment_terms_days = 90")?;
    company.export("2026-04-30", &machines(4))?;
    MAY.clone_into(&mut company.place.now);
    once(&company, 3)?;
    approve(&company, "2026-04")?;
    let report = once(&company, 3)?;
    assert_eq!(jobs(&report), ["apply partial"]);
    assert_eq!(
        message(&report, 0),
        "2026-03: the plan of 2026-03 does not hold any more: the configuration was changed since; hint: run `counterfoil plan \
         --period 2026-03` again, look at it, and approve it; 2026-04: deliveries: 2 confirmed, 2 documents reconciled to the cent"
    );
    assert_eq!(documents(&company)?.len(), 2);
    assert_eq!(jobs(&once(&company, 0)?), [""; 0]);
    Ok(())
}

#[test]
fn what_was_put_off_and_may_not_be_sent_any_more_is_not_tried() -> Result<()> {
    let mut company = company(AUTOMATIC)?;
    let put_off = "[[fault]]\non = \"POST /api/v1/documents\"\nfrom = 1\nto = 4\nkind = \"status\"\nstatus = 429\n\
                   retry_after_secs = 300\n";
    company.server = PracticeServer::start(company.folder(), Some(put_off))?;
    let url = company.server.url();
    company.place.set("PRACTICE_URL", &url);
    assert_eq!(
        jobs(&once(&company, 3)?),
        ["discover complete", "bill partial", "apply partial"]
    );
    let waits = status(&company)?;
    assert!(
        job_status(&waits, "apply")?["next"].is_string(),
        "{waits:#}"
    );
    let decide = |how: &[&str]| {
        let decide = [&["approve", "--period", "2026-03", "--by", "anna"], how].concat();
        company.place.expect(0, &decide)
    };
    for account in ["acme", "blue"] {
        decide(&["--hold", account, "--reason", "a dispute"])?;
    }
    let report = once(&company, 0)?;
    assert_eq!(jobs(&report), ["apply complete"], "after the decisions");
    assert_eq!(message(&report, 0), "nothing to send");
    let mut later = company.place.clone();
    later.now = "2026-04-01T04:30:00Z".to_owned();
    let held = later.json(&ONCE)?;
    assert_eq!(jobs(&held), [""; 0], "{held:#}");
    // By hand it is told, and no run has failed.
    let refused = later.expect(1, &["apply", "--period", "2026-03"])?;
    assert!(
        refused.stderr.contains("nothing of the plan is approved"),
        "{}",
        refused.stderr
    );
    assert_eq!(status(&company)?["stages"][2]["outcome"], "complete");
    decide(&["--account", "acme"])?;
    // The other account still owes its document, which reconciling tells.
    let released = later.json_with(3, &ONCE)?;
    assert_eq!(jobs(&released), ["apply partial"]);
    assert_eq!(documents(&company)?.len(), 1);
    Ok(())
}
