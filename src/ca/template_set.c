/* template_set.c - all templates of this CA: made as a whole, swapped as a
 * whole, held by whoever uses it.
 *
 * A set is made from the files that were read (shared by all sets since the
 * last reload), from the administrators' decisions in the database, and from
 * the CA's current certificate. */
#include "ca/template_set.h"

#include "base/str.h"
#include "base/thread.h"
#include "ca/audit.h"
#include "rpc/ca.h"

#include <inttypes.h>
#include <stdio.h>

#define SETTING_MAX (CA_TEMPLATE_NAME_MAX + 16)

struct ca_templates {
	pthread_mutex_t lock;
	struct ca_template_owner *set;
	/* One change after the other: held across a commit. */
	pthread_mutex_t change;
	/* For a new generation: between begin and end of a renewal. */
	struct ca_template_owner *next;
};

/* --- the life of a set ---------------------------------------------------- */

static void
set_free(struct ca_template_owner *o, bool free_files)
{
	if (!o)
		return;
	for (size_t g = 0; g < CA_TEMPLATE_GENERATIONS; g++)
		for (size_t i = 0; i < CA_TEMPLATES_MAX; i++)
			for (size_t k = 0; k < PKI_KEY_COUNT; k++)
				pki_cert_block_free(o->blocks[g][i][k]);
	if (free_files)
		ca_template_files_free(o->files);
	free(o->supersedes);
	free(o);
}

/* Give up one hold; what nobody holds any more is freed. */
static void
drop(struct ca_templates *all, struct ca_template_owner *o)
{
	bool last = false, last_files = false;

	if (!o)
		return;
	thread_lock(&all->lock);
	last = --o->refs == 0;
	if (last)
		last_files = --o->files->refs == 0;
	thread_unlock(&all->lock);
	if (last)
		set_free(o, last_files);
}

const struct ca_template_set *
ca_templates_take(struct ca *ca)
{
	struct ca_template_owner *o;

	if (!ca->templates)
		return NULL;
	thread_lock(&ca->templates->lock);
	o = ca->templates->set;
	o->refs++;
	thread_unlock(&ca->templates->lock);
	return &o->s;
}

void
ca_templates_release(struct ca *ca, const struct ca_template_set *s)
{
	if (s)
		drop(ca->templates, s->owner);
}

static void
swap(struct ca_templates *all, struct ca_template_owner *fresh)
{
	struct ca_template_owner *old;

	thread_lock(&all->lock);
	old = all->set;
	all->set = fresh;
	thread_unlock(&all->lock);
	drop(all, old);
}

/* --- making one ----------------------------------------------------------- */

static size_t
find(const struct ca_template_set *s, const char *name)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int way = strcasecmp(name, s->rows[mid].t->name);

		if (way == 0)
			return mid;
		if (way < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return s->n;
}

static int
resolve(struct ca_template_owner *o, struct err *err)
{
	size_t n = 0, used = 0;

	for (size_t i = 0; i < o->s.n; i++)
		n += o->rows[i].t->supersedes.n;
	o->supersedes = calloc(n + 1, sizeof(struct ca_template *));
	if (!o->supersedes)
		return err_set(err, ERR_NO_MEMORY, "the templates");
	for (size_t i = 0; i < o->s.n; i++) {
		struct ca_template_row *row = &o->rows[i];

		row->supersedes = &o->supersedes[used];
		for (size_t k = 0; k < row->t->supersedes.n; k++) {
			size_t at = find(&o->s, row->t->supersedes.list[k]);

			if (at == o->s.n)
				continue;
			o->supersedes[used++] = o->rows[at].t;
			row->supersede_n++;
		}
	}
	return 0;
}

/* The database's name of an administrator's decision. */
static void
setting_name(const char *template_name, char dst[SETTING_MAX])
{
	char lower[CA_TEMPLATE_NAME_MAX + 1];

	if (!str_lower(lower, sizeof(lower), template_name))
		lower[0] = 0;
	(void)snprintf(dst, SETTING_MAX, "template.%s", lower);
}

static int
read_enabled(
    struct ca_template_owner *o, struct store_reader *r, struct err *err)
{
	for (size_t i = 0; r && i < o->s.n; i++) {
		AUTO_MEM char *value = NULL;
		char name[SETTING_MAX];

		setting_name(o->rows[i].t->name, name);
		if (store_value(r, name, &value, err) < 0)
			return -1;
		o->rows[i].enabled = value && str_eq(value, "enabled");
	}
	return 0;
}

/* Takes no hold of files unless it succeeds. */
static int
set_make_for(struct ca *ca, struct store_reader *r,
    struct ca_template_files *files, const struct ca_generations *all,
    struct ca_template_owner **ret, struct err *err)
{
	struct ca_template_owner *o = calloc(1, sizeof(*o));

	if (!o)
		return err_set(err, ERR_NO_MEMORY, "the templates");
	o->refs = 1;
	o->files = files;
	for (size_t i = 0; i < files->n; i++)
		o->rows[i].t = files->list[i];
	o->s = (struct ca_template_set){ .rows = o->rows,
		.n = files->n,
		.notes = files->notes,
		.note_n = files->note_n,
		.owner = o };
	if (resolve(o, err) < 0 || read_enabled(o, r, err) < 0 ||
	    ca_template_blocks_make(ca->config, o, all, err) < 0) {
		set_free(o, false);
		return -1;
	}
	thread_lock(&ca->templates->lock);
	files->refs++;
	thread_unlock(&ca->templates->lock);
	*ret = o;
	return 0;
}

static int
set_make(struct ca *ca, struct store_reader *r, struct ca_template_files *files,
    struct ca_template_owner **ret, struct err *err)
{
	const struct ca_generations *all = ca_generations_take(ca);
	int rc = set_make_for(ca, r, files, all, ret, err);

	ca_generations_release(ca, all);
	return rc;
}

int
ca_templates_open(struct ca *ca, struct err *err)
{
	AUTO(ca_template_files) files = NULL;

	if (!ca->config->enterprise)
		return 0;
	if (ca_template_files_read(ca->config->templates, &files, err) < 0)
		return -1;
	ca->templates = calloc(1, sizeof(*ca->templates));
	if (!ca->templates)
		return err_set(err, ERR_NO_MEMORY, "the templates");
	pthread_mutex_init(&ca->templates->lock, NULL);
	pthread_mutex_init(&ca->templates->change, NULL);
	if (set_make(ca, NULL, files, &ca->templates->set, err) < 0)
		return -1;
	(void)TAKE(files);
	return 0;
}

/* Make the set again, from the files it has. */
static int
remake(struct ca *ca, struct store_reader *r, struct err *err)
{
	struct ca_template_owner *fresh = NULL;

	/* Only changes replace the set, and they are one after the other. */
	if (set_make(ca, r, ca->templates->set->files, &fresh, err) < 0)
		return -1;
	swap(ca->templates, fresh);
	return 0;
}

int
ca_templates_prepare(struct ca *ca, struct store_reader *r, struct err *err)
{
	int rc;

	if (!ca->templates)
		return 0;
	thread_lock(&ca->templates->change);
	rc = remake(ca, r, err);
	thread_unlock(&ca->templates->change);
	return rc;
}

int
ca_templates_begin(struct ca *ca, struct store_reader *r,
    const struct ca_generations *fresh, struct err *err)
{
	struct ca_templates *t = ca->templates;

	if (!t)
		return 0;
	thread_lock(&t->change);
	if (set_make_for(ca, r, t->set->files, fresh, &t->next, err) == 0)
		return 0;
	thread_unlock(&t->change);
	return -1;
}

void
ca_templates_end(struct ca *ca, const struct ca_generations *fresh)
{
	struct ca_templates *t = ca->templates;

	/* First the templates, which know the old generation too; whoever
	 * looks takes the generation first. */
	if (t && fresh)
		swap(t, TAKE(t->next));
	if (fresh)
		ca_generations_swap(ca, fresh);
	if (!t)
		return;
	drop(t, TAKE(t->next));
	thread_unlock(&t->change);
}

void
ca_templates_close(struct ca *ca)
{
	if (!ca->templates)
		return;
	drop(ca->templates, ca->templates->set);
	pthread_mutex_destroy(&ca->templates->lock);
	pthread_mutex_destroy(&ca->templates->change);
	free(ca->templates);
	ca->templates = NULL;
}

/* --- asking one ----------------------------------------------------------- */

const struct ca_template_row *
ca_templates_find(const struct ca_template_set *s, const char *name)
{
	size_t at = find(s, name);

	return at < s->n ? &s->rows[at] : NULL;
}

bool
ca_templates_take_sha1(const struct ca_template_set *s)
{
	for (size_t i = 0; s && i < s->n; i++)
		if (s->rows[i].enabled && s->rows[i].t->sha1_proof)
			return true;
	return false;
}

const struct ca_template_row *
ca_templates_find_oid(const struct ca_template_set *s, struct bytes oid)
{
	for (size_t i = 0; i < s->n; i++)
		if (bytes_eq(
			bytes_of(s->rows[i].t->oid.der, s->rows[i].t->oid.n),
			oid))
			return &s->rows[i];
	return NULL;
}

static void
add_overrides(const struct ca_template *t, struct buf *out)
{
	for (size_t i = 0; i < t->override_n; i++)
		buf_addf(out, "%s%s %s by %s: %s", out->n ? "; " : "", t->name,
		    t->overrides[i].hole, t->overrides[i].by,
		    t->overrides[i].reason);
}

void
ca_templates_overrides(const struct ca_template_set *s, struct buf *out)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->rows[i].enabled)
			add_overrides(s->rows[i].t, out);
}

/* --- changes -------------------------------------------------------------- */

struct template_change {
	struct ca_change change; /* first */
	const struct ca_who *who;
	const char *setting, *value; /* NULL: none */
	const char *detail;
};

static int
template_apply(struct ca_change *self, struct ca_txn *txn, struct err *err)
{
	const struct template_change *c = (struct template_change *)self;

	if (c->setting &&
	    store_set_value(ca_txn_writer(txn), c->setting, c->value, err) < 0)
		return -1;
	return ca_audit_add(txn,
	    &(struct ca_audit_event){ .event = CA_EVENT_TEMPLATE,
		.actor = c->who ? c->who->display : "opencertsrv-ca",
		.peer = c->who ? c->who->peer : "signal",
		.detail = c->detail },
	    err);
}

static int
enable(struct ca *ca, struct store_reader *r, const struct ca_who *who,
    const char *name, bool on, struct err *err)
{
	const struct ca_template_row *row =
	    ca_templates_find(&ca->templates->set->s, name);
	AUTO_BUF detail = BUF_WITH_LIMIT(RPC_DETAIL_MAX);
	AUTO_BUF holes = BUF_WITH_LIMIT(RPC_DETAIL_MAX);
	struct template_change c = { .who = who,
		.value = on ? "enabled" : "disabled" };
	char setting[SETTING_MAX];

	if (!row)
		return err_set(err, ERR_NOT_FOUND,
		    "There is no template \"%.64s\". Nothing was changed.",
		    name);
	buf_addf(&detail, "%s %s %" PRIu32 ".%" PRIu32, c.value, row->t->name,
	    row->t->major, row->t->minor);
	if (on)
		add_overrides(row->t, &holes);
	if (holes.n > 0)
		buf_addf(&detail, "; open: %s", buf_str(&holes));
	if (buf_check(&detail, "the audit record", err) < 0)
		return -1;
	setting_name(row->t->name, setting);
	c.change.apply = template_apply;
	c.setting = setting;
	c.detail = buf_str(&detail);
	if (ca_commit_wait(ca->commit, &c.change, err) < 0)
		return -1;
	return remake(ca, r, err);
}

static int
stand_alone(struct err *err)
{
	return err_set(err, ERR_POLICY,
	    "This is a stand-alone CA, which has no templates.");
}

int
ca_templates_enable(struct ca *ca, struct store_reader *r,
    const struct ca_who *who, const char *name, bool on, struct err *err)
{
	int rc;

	if (!ca->templates)
		return stand_alone(err);
	thread_lock(&ca->templates->change);
	rc = enable(ca, r, who, name, on, err);
	thread_unlock(&ca->templates->change);
	return rc;
}

static int
refuse(const struct ca_template_files *f, struct err *err)
{
	for (size_t i = 0; i < f->note_n; i++)
		if (f->notes[i].refused)
			return err_set(err, ERR_CONFIG,
			    "%u of the files cannot be used, so all templates "
			    "stay as they were. %s",
			    f->refused, f->notes[i].text);
	return 0;
}

static int
reload(struct ca *ca, struct store_reader *r, const struct ca_who *who,
    struct err *err)
{
	AUTO(ca_template_files) files = NULL;
	AUTO_BUF detail = BUF_WITH_LIMIT(RPC_DETAIL_MAX);
	AUTO_BUF holes = BUF_WITH_LIMIT(RPC_DETAIL_MAX);
	struct ca_template_owner *fresh = NULL;
	struct template_change c = { .who = who };

	if (ca_template_files_read(ca->config->templates, &files, err) < 0 ||
	    refuse(files, err) < 0 || set_make(ca, r, files, &fresh, err) < 0)
		return -1;
	(void)TAKE(files);
	buf_addf(&detail, "read %zu templates", fresh->s.n);
	ca_templates_overrides(&fresh->s, &holes);
	if (holes.n > 0)
		buf_addf(&detail, "; open: %s", buf_str(&holes));
	c.change.apply = template_apply;
	c.detail = buf_str(&detail);
	if (buf_check(&detail, "the audit record", err) < 0 ||
	    ca_commit_wait(ca->commit, &c.change, err) < 0) {
		drop(ca->templates, fresh);
		return -1;
	}
	swap(ca->templates, fresh);
	return 0;
}

int
ca_templates_reload(struct ca *ca, struct store_reader *r,
    const struct ca_who *who, struct err *err)
{
	int rc;

	if (!ca->templates)
		return stand_alone(err);
	thread_lock(&ca->templates->change);
	rc = reload(ca, r, who, err);
	thread_unlock(&ca->templates->change);
	return rc;
}
