//! The words of a page, in the languages that it speaks.

use counterfoil_model::language::LanguageTag;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Standing;

/// In which language a page is written, and how numbers and days are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// English, 1,234.50.
    #[default]
    En,
    /// Swedish, 1 234,50.
    Sv,
    /// German, 1.234,50.
    De,
    /// English with plain numbers, 1234.50.
    Iso,
}

/// Everything that a page says besides the document.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Words {
    pub(super) lang: &'static str,
    pub(super) invoice: &'static str,
    pub(super) credit_note: &'static str,
    pub(super) seller: &'static str,
    pub(super) buyer: &'static str,
    pub(super) reference: &'static str,
    pub(super) number: &'static str,
    pub(super) your_reference: &'static str,
    pub(super) account: &'static str,
    pub(super) period: &'static str,
    pub(super) issue_date: &'static str,
    pub(super) due_date: &'static str,
    pub(super) corrects: &'static str,
    pub(super) part: &'static str,
    pub(super) description: &'static str,
    pub(super) quantity: &'static str,
    pub(super) unit: &'static str,
    pub(super) unit_price: &'static str,
    pub(super) net: &'static str,
    pub(super) tax_category: &'static str,
    pub(super) no_tax_category: &'static str,
    pub(super) total_net: &'static str,
    pub(super) total_credited: &'static str,
    pub(super) tax_note: &'static str,
    pub(super) documents: &'static str,
    pub(super) state: &'static str,
}

const EN: Words = Words {
    lang: "en",
    invoice: "Invoice",
    credit_note: "Credit note",
    seller: "Seller",
    buyer: "Buyer",
    reference: "Reference",
    number: "Number",
    your_reference: "Your reference",
    account: "Account",
    period: "Period",
    issue_date: "Issue date",
    due_date: "Due date",
    corrects: "Corrects",
    part: "Part",
    description: "Description",
    quantity: "Quantity",
    unit: "Unit",
    unit_price: "Unit price",
    net: "Net",
    tax_category: "Tax category",
    no_tax_category: "none given",
    total_net: "Total, net",
    total_credited: "Total credited, net",
    tax_note: "Amounts are net. The finance system adds tax by the tax category of each line.",
    documents: "Documents",
    state: "State",
};

const SV: Words = Words {
    lang: "sv",
    invoice: "Faktura",
    credit_note: "Kreditfaktura",
    seller: "Säljare",
    buyer: "Köpare",
    reference: "Referens",
    number: "Nummer",
    your_reference: "Er referens",
    account: "Konto",
    period: "Period",
    issue_date: "Fakturadatum",
    due_date: "Förfallodag",
    corrects: "Avser",
    part: "Del",
    description: "Beskrivning",
    quantity: "Antal",
    unit: "Enhet",
    unit_price: "À-pris",
    net: "Netto",
    tax_category: "Momskategori",
    no_tax_category: "ej angiven",
    total_net: "Summa, netto",
    total_credited: "Summa att kreditera, netto",
    tax_note: "Beloppen är netto. Ekonomisystemet lägger till moms efter varje rads momskategori.",
    documents: "Dokument",
    state: "Status",
};

const DE: Words = Words {
    lang: "de",
    invoice: "Rechnung",
    credit_note: "Gutschrift",
    seller: "Verkäufer",
    buyer: "Käufer",
    reference: "Referenz",
    number: "Nummer",
    your_reference: "Ihre Referenz",
    account: "Konto",
    period: "Zeitraum",
    issue_date: "Rechnungsdatum",
    due_date: "Fällig am",
    corrects: "Korrigiert",
    part: "Teil",
    description: "Beschreibung",
    quantity: "Menge",
    unit: "Einheit",
    unit_price: "Einzelpreis",
    net: "Netto",
    tax_category: "Steuerkategorie",
    no_tax_category: "keine angegeben",
    total_net: "Summe, netto",
    total_credited: "Summe der Gutschrift, netto",
    tax_note: "Die Beträge sind netto. Das Finanzsystem fügt die Steuer nach der Steuerkategorie jeder Position hinzu.",
    documents: "Dokumente",
    state: "Stand",
};

impl Language {
    /// The one that a tag means; `None` where pages do not speak it.
    pub(crate) fn of(tag: &LanguageTag) -> Option<Self> {
        match tag.primary() {
            "en" => Some(Self::En),
            "sv" => Some(Self::Sv),
            "de" => Some(Self::De),
            _ => None,
        }
    }

    pub(crate) fn tag(self) -> LanguageTag {
        let tag = match self {
            Self::En | Self::Iso => "en",
            Self::Sv => "sv",
            Self::De => "de",
        };
        tag.parse().expect("it is a language")
    }

    /// When an e-invoice is paid, in words.
    pub(crate) fn payment_terms(self, days: u16) -> String {
        match self {
            Self::En | Self::Iso => format!("Payable within {days} days."),
            Self::Sv => format!("Betalas inom {days} dagar."),
            Self::De => format!("Zahlbar innerhalb von {days} Tagen."),
        }
    }

    /// What becomes of a credit note.
    pub(crate) fn credit_terms(self) -> &'static str {
        match self {
            Self::En | Self::Iso => "Set off against what is due.",
            Self::Sv => "Räknas av mot det som ska betalas.",
            Self::De => "Wird mit offenen Beträgen verrechnet.",
        }
    }

    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::En | Self::Iso => &EN,
            Self::Sv => &SV,
            Self::De => &DE,
        }
    }

    /// The mark across a page, or beside its title.
    pub(super) fn standing(self, standing: Standing) -> &'static str {
        match (self, standing) {
            (Self::En | Self::Iso, Standing::Planned) => "DRAFT, not sent",
            (Self::En | Self::Iso, Standing::Changed) => "DRAFT, this change is not sent",
            (Self::En | Self::Iso, Standing::Draft) => "sent as a draft, not issued",
            (Self::En | Self::Iso, Standing::Issued) => "issued",
            (Self::En | Self::Iso, Standing::ToBeWithdrawn) => "to be withdrawn",
            (Self::En | Self::Iso, Standing::Withdrawn) => "withdrawn",
            (Self::Sv, Standing::Planned) => "UTKAST, ej skickat",
            (Self::Sv, Standing::Changed) => "UTKAST, ändringen är ej skickad",
            (Self::Sv, Standing::Draft) => "skickat som utkast, ej utfärdat",
            (Self::Sv, Standing::Issued) => "utfärdat",
            (Self::Sv, Standing::ToBeWithdrawn) => "dras tillbaka",
            (Self::Sv, Standing::Withdrawn) => "tillbakadraget",
            (Self::De, Standing::Planned) => "ENTWURF, nicht gesendet",
            (Self::De, Standing::Changed) => "ENTWURF, Änderung nicht gesendet",
            (Self::De, Standing::Draft) => "als Entwurf gesendet, nicht ausgestellt",
            (Self::De, Standing::Issued) => "ausgestellt",
            (Self::De, Standing::ToBeWithdrawn) => "wird zurückgezogen",
            (Self::De, Standing::Withdrawn) => "zurückgezogen",
        }
    }
}
