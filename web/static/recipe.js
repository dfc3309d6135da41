/* recipe.js - the same request for programs that make the key elsewhere: a
   certreq INF, an openssl command, a pkcs11-tool recipe. Pure text. */

const NAMES = { dns: "dns", email: "email", ip: "ipaddress", upn: "upn",
	uri: "url", guid: "guid" };
const OPENSSL = { dns: "DNS", email: "email", ip: "IP", uri: "URI" };

const escape = (v) => v.replace(/([,\\"+;<>=])/g, "\\$1");
const subject = (want) =>
	want.subject.map(([t, v]) => `${t}=${escape(v)}`).join(", ");

/* Quotes are doubled in an INF. */
const quoted = (v) => `"${v.replace(/"/g, "\"\"")}"`;

/* CERT_KEY_USAGE counts the bits of RFC 5280 4.2.1.3 from the top. */
function infUsage(mask) {
	let out = 0;

	for (let i = 0; i < 8; i++)
		if (mask & (1 << i))
			out |= 0x80 >> i;
	return `0x${out.toString(16).padStart(2, "0")}`;
}

export function inf(want, how) {
	const lines = ["[Version]", "Signature=\"$Windows NT$\"", "",
		"[NewRequest]", `Subject=${quoted(subject(want))}`];
	const rsa = how.kind.startsWith("rsa");

	if (rsa)
		lines.push(`KeyLength=${how.kind.slice(4)}`,
			"KeyAlgorithm=RSA");
	else
		lines.push("KeyAlgorithm=" +
			`ECDSA_${how.kind.toUpperCase().replace("-", "")}`);
	lines.push(`HashAlgorithm=${how.hash.replace("-", "").toLowerCase()}`,
		`Exportable=${how.extractable ? "TRUE" : "FALSE"}`,
		`KeySpec=${how.spec === "signature" ? 2 : 1}`,
		`KeyUsage=${infUsage(how.usage)}`,
		`MachineKeySet=${how.machine ? "TRUE" : "FALSE"}`,
		`ProviderName=${quoted(how.provider ||
			"Microsoft Software Key Storage Provider")}`,
		`RequestType=${how.format === "cmc" ? "CMC" : "PKCS10"}`);
	if (how.label)
		lines.push(`FriendlyName=${quoted(how.label)}`);
	if (want.names.length) {
		lines.push("", "[Extensions]", "2.5.29.17=\"{text}\"");
		for (const [kind, v] of want.names)
			lines.push(`_continue_="${NAMES[kind]}=${v}&"`);
	}
	if (want.purposes.length)
		lines.push("", "[EnhancedKeyUsageExtension]",
			...want.purposes.map((p) => `OID=${p}`));
	if (want.template)
		lines.push("", "[RequestAttributes]",
			`CertificateTemplate=${quoted(want.template)}`);
	return `${lines.join("\r\n")}\r\n`;
}

/* For a shell: within single quotes nothing is special but the quote. */
const shell = (v) => `'${v.replace(/'/g, "'\\''")}'`;

function subjectOption(want) {
	const parts = want.subject.map(([t, v]) =>
		`${t === "E" ? "emailAddress" : t}=` +
		v.replace(/([/\\+=])/g, "\\$1"));

	return shell(`/${parts.join("/")}`);
}

function extensions(want) {
	const names = want.names.filter(([k]) => OPENSSL[k])
		.map(([k, v]) => `${OPENSSL[k]}:${v}`);
	const upn = want.names.filter(([k]) => k === "upn")
		.map(([, v]) => `otherName:1.3.6.1.4.1.311.20.2.3;UTF8:${v}`);
	const all = [...names, ...upn];
	const out = [];

	if (all.length)
		out.push(`    -addext ${shell(`subjectAltName=${all.join(",")}`)}`);
	if (want.purposes.length)
		out.push("    -addext " +
			shell(`extendedKeyUsage=${want.purposes.join(",")}`));
	return out;
}

const CURVES = { "p-256": "P-256", "p-384": "P-384", "p-521": "P-521" };

export function openssl(want, how) {
	const key = how.kind.startsWith("rsa") ? `-newkey rsa:${how.kind.slice(4)}`
		: how.kind === "ed25519" ? "-newkey ed25519"
		: `-newkey ec -pkeyopt ec_paramgen_curve:${CURVES[how.kind]}`;
	const digest = how.kind === "ed25519" ? ""
		: ` -${how.hash.replace("-", "").toLowerCase()}`;

	return [`openssl req -new ${key}${digest} \\`,
		"    -keyout private.key -out request.csr \\",
		[`    -subj ${subjectOption(want)}`, ...extensions(want)]
			.join(" \\\n")].join("\n") + "\n";
}

export function pkcs11(want, how) {
	const type = how.kind.startsWith("rsa") ? `rsa:${how.kind.slice(4)}`
		: `EC:${{ "p-256": "secp256r1", "p-384": "secp384r1",
			"p-521": "secp521r1" }[how.kind] ?? "edwards25519"}`;

	return ["# MODULE: the library of your token, as the maker names it",
		`pkcs11-tool --module MODULE --login --keypairgen \\`,
		`    --key-type ${type} --id 01 --label certsrv`,
		`openssl req -new -engine pkcs11 -keyform engine \\`,
		"    -key 'pkcs11:id=%01;type=private' -out request.csr \\",
		[`    -subj ${subjectOption(want)}`, ...extensions(want)]
			.join(" \\\n")].join("\n") + "\n";
}
