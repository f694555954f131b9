"""What cookie banners and their buttons say, in the languages of most of the web.

Regular expressions of JavaScript, matched without regard to case against the texts that are shown.
"""

# ruff: noqa: FLY002, RUF001 - long alternatives in many alphabets

from __future__ import annotations

REJECT = "|".join(
    (
        r"reject|declin|\bdeny\b|refuse|disagree|(do not|don'?t) (accept|agree|allow|consent)|opt.?out|no,? thanks",
        r"only (strictly )?(necessary|essential|required)|(necessary|essential|required)( cookies)? only",
        r"accept (only )?(necessary|essential|required)|without accepting",
        r"ablehnen|verweiger|nur (die )?(technisch )?(notwendig|erforderlich|essen[zt]iell|nötig)",
        r"ohne (einwilligung|zustimmung)|nicht (zustimmen|akzeptieren|einverstanden)",
        r"refuser|je refuse|sans accepter|uniquement (les )?(cookies )?(nécessaires|essentiels)|nécessaires uniquement",
        r"rechazar|denegar|no acepto|s[oó]lo (las |los )?(cookies )?(necesari|esencial|t[ée]cnic)",
        r"rejeitar|recusar|(apenas|somente) (os |as )?(cookies )?(necess|essenc)",
        r"rifiut|\bnega\b|senza accettare|solo (i |quelli )?(cookie )?(necessari|tecnici|essenziali)",
        r"weiger|afwijz|niet akkoord|alleen (de )?(noodzakelijk|functione|essenti)",
        r"avvis|afvis|\bneka|avböj|avslå|(endast|bara|bare|kun) (de )?n[öø]dv[äe]ndig",
        r"hylkää|kiellä|vain välttämättöm|odrzu|tylko niezbędne|nie zgadzam",
        r"odmít|odmiet|zamít|(pouze|jen|iba) nezbytn|elutasít|csak a szükséges|respinge|refuz|doar (cele )?necesare",
        r"отклон|отказ|только необходим|відхил|reddet|yalnızca (gerekli|zorunlu)|απόρριψη|μόνο τα απαραίτητα",
        r"拒否|同意しない|必須.{0,6}のみ|拒绝|拒絕|不同意|仅.{0,4}必要|거부",
        r"رفض|דחה|דחייה|סירוב",
    )
)
ACCEPT = "|".join(
    (
        r"accept|\bagree|\ballow|got it|^ok(ay)?$|i understand|i consent|enable all",
        r"akzeptier|zustimm|zulassen|erlauben|annehmen|einverstanden|verstanden|j'accepte|d'accord|autoriser|compris",
        r"acept|permitir|de acuerdo|entendido|aceit|concord|entendi|accett|acconsent|consenti|ho capito",
        r"akkoord|toestaan|begrepen|godkänn|tillåt|godta|godkend|aksepter|tillad|tillat|hyväksy|\bsalli",
        r"akcept|zgadzam|zezw[óo]l|přijm|souhlas|povolit|prijať|súhlas|elfogad",
        r"приня|соглас|разреш|прийня|погод|kabul|izin ver|onayl|αποδοχή|αποδέχ|συμφων",
        r"同意|許可|承諾|受け入れ|接受|允许|동의|수락|허용",
        r"قبول|موافق|אישור|מאשר|מסכים",
    )
)
SETTINGS = "|".join(
    (
        r"settings|preferences|customi[sz]e|manage|options|choices|einstellung|anpassen|paramétr|personnalis|configur",
        r"preferenz|impostazioni|instell|ustawieni|nastaven|inställning|indstilling|innstilling|настро|設定|设置|설정",
    )
)
POLICY = r"policy|learn more|more info|read more|richtlinie|erklärung|impressum|imprint|en savoir|más info|informativa"

_COOKIE = r"(cookies?\b|クッキー|쿠키|ciastecz|eväste|çerez|sütik|informasjonskaps)"
_PURPOSE = "|".join(
    (
        r"consent|privac|polic|partner|experience|analy|traffic|preference|personal|advert|technolog|third.part",
        r"necessary|essential|optional|zustimm|einwillig|notwendig|nutzung|verwend|nutzen|consentement|utilis|publicit",
        r"consentimiento|utiliz|consens|toestemming|gebruik|używa|zgod|souhlas|使用|利用|同意|사용",
    )
)
PURPOSE = "|".join(
    (
        rf"{_COOKIE}.{{0,300}}({_PURPOSE})",
        rf"({_PURPOSE}).{{0,200}}{_COOKIE}|\b(we|web)?(site)? ?uses? (\w+ ){{0,2}}{_COOKIE}",
        r"(store|access).{0,40}information.{0,40}device|personali[sz]ed (ads|advertising)|\bgdpr\b|\bccpa\b|\bdsgvo\b",
    )
)
"""What a banner says for sure: cookies together with what they are for, or one of the law's phrases."""

ABOUT = (
    r"cookie|consent|gdpr|dsgvo|rgpd|datenschutz|einwilligung|privac|tracking|ciastecz|eväste|çerez|クッキー|隐私|쿠키"
)
"""What a banner says at least, where its names tell that it is one."""

HINT = r"cookie|consent|gdpr|dsgvo|rgpd|onetrust|usercentrics|didomi|truste|cmp(?![a-z])|cybot|privacy-?(banner|notice)"
"""In the ids and classes of banners."""

FRAME = r"sp_message|consent|cookie|trustarc|privacy-mgmt|cmp(?![a-z])"
"""In the names, titles and addresses of frames that hold a banner."""

EVERYTHING = r"\ball|alle|tout|tous|todo|todas|tutt|allt|wszyst|vše|все|全|すべて"
"""In the better one of two buttons."""

PATTERNS = {
    "reject": REJECT,
    "accept": ACCEPT,
    "settings": SETTINGS,
    "policy": POLICY,
    "purpose": PURPOSE,
    "about": ABOUT,
    "hint": HINT,
    "frame": FRAME,
    "everything": EVERYTHING,
}

ACCEPT_BUTTONS = (
    "#onetrust-accept-btn-handler",
    "#CybotCookiebotDialogBodyLevelButtonLevelOptinAllowAll",
    "#CybotCookiebotDialogBodyButtonAccept",
    "[data-testid=uc-accept-all-button]",
    "#didomi-notice-agree-button",
    "#truste-consent-button",
    "#axeptio_btn_acceptAll",
    ".cky-btn-accept",
    ".cmplz-accept",
    ".iubenda-cs-accept-btn",
    ".osano-cm-accept-all",
    "#tarteaucitronPersonalize2",
    ".qc-cmp2-summary-buttons button[mode=primary]",
    "#cookiescript_accept",
    ".cc-allow",
    ".cc-dismiss",
    ".fc-cta-consent",
    "button.sp_choice_type_11",
)
"""Consent providers' own that agree to everything."""
