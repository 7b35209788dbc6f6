//! Examples that need real systems: here only that their configuration is right.

use anyhow::Result;
use counterfoil_tests::binary::Workplace;

use crate::small::APRIL;

#[test]
fn nautobot_to_odoo_is_a_right_configuration() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut place = Workplace::of_example("nautobot-to-odoo", folder.path(), APRIL)?;
    place.set("COUNTERFOIL_STATE", &folder.path().to_string_lossy());
    for name in ["NAUTOBOT_URL", "ODOO_URL"] {
        place.set(name, "http://127.0.0.1:9");
    }
    for name in ["NAUTOBOT_TOKEN", "ODOO_API_KEY"] {
        place.set(name, "not used");
    }
    let answer = place.expect(0, &["check"])?;
    assert_eq!(answer.stdout, "the configuration is right: nordhall\n");
    Ok(())
}
