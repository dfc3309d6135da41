/* access.c - groups, permissions, restrictions and persons, remembered. */
#include "ca/access.h"

#include "base/str.h"
#include "base/thread.h"

struct ca_access {
	pthread_mutex_t lock;      /* guards what follows; held while reading */
	struct ca_picture *newest; /* NULL: to be read */
};

int
ca_access_new(struct ca_access **ret, struct err *err)
{
	struct ca_access *a = calloc(1, sizeof(*a));

	if (!a)
		return err_set(err, ERR_NO_MEMORY, "the permissions");
	pthread_mutex_init(&a->lock, NULL);
	*ret = a;
	return 0;
}

void
ca_access_free(struct ca_access *a)
{
	if (!a)
		return;
	ca_picture_free(a->newest);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

void
ca_access_forget(struct ca_access *a)
{
	struct ca_picture *old;

	thread_lock(&a->lock);
	old = TAKE(a->newest);
	thread_unlock(&a->lock);
	ca_picture_free(old);
}

void
ca_picture_free(struct ca_picture *p)
{
	if (!p || atomic_fetch_sub(&p->references, 1) > 1)
		return;
	ca_arena_clear(&p->arena);
	free(p);
}

/* --- reading ------------------------------------------------------------ */

/* Room for what the table can hold; callbacks stop at it. */
static void *
room(struct ca_picture *p, size_t n, size_t size)
{
	return ca_arena_alloc(&p->arena, n * size);
}

static int
make_room(struct ca_picture *p, struct err *err)
{
	p->groups = room(p, STORE_GROUPS_MAX, sizeof(*p->groups));
	p->members = room(p, STORE_MEMBERS_MAX, sizeof(*p->members));
	p->member_groups =
	    room(p, STORE_MEMBERS_MAX, sizeof(*p->member_groups));
	p->scopes = room(p, STORE_PERMISSIONS_MAX, sizeof(*p->scopes));
	p->entries = room(p, STORE_PERMISSIONS_MAX, sizeof(*p->entries));
	p->restrictions =
	    room(p, STORE_RESTRICTIONS_MAX, sizeof(*p->restrictions));
	p->restriction_ids =
	    room(p, STORE_RESTRICTIONS_MAX, sizeof(*p->restriction_ids));
	p->persons = room(p, STORE_PERSONS_MAX, sizeof(*p->persons));
	p->person_numbers =
	    room(p, STORE_PERSONS_MAX, sizeof(*p->person_numbers));
	return ca_arena_check(&p->arena, err);
}

static size_t
find_text(const char *const *list, size_t n, const char *key)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(list[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low; /* of the first that is not below */
}

static bool
add_group(void *ctx, const struct store_group *g)
{
	struct ca_picture *p = ctx;

	p->groups[p->group_n++] = ca_arena_str(&p->arena, g->group_key);
	return p->group_n < STORE_GROUPS_MAX;
}

static bool
add_member(void *ctx, const struct store_member *m)
{
	struct ca_picture *p = ctx;
	size_t g = find_text(p->groups, p->group_n, m->group_key);

	if (g == p->group_n || !str_eq(p->groups[g], m->group_key))
		return true; /* of a group that is gone */
	p->members[p->member_n] = ca_arena_str(&p->arena, m->principal);
	p->member_groups[p->member_n++] = p->groups[g];
	return p->member_n < STORE_MEMBERS_MAX;
}

static bool
add_permission(void *ctx, const struct store_permission *s)
{
	struct ca_picture *p = ctx;

	p->scopes[p->entry_n] = ca_arena_str(&p->arena, s->scope);
	p->entries[p->entry_n++] = (struct ca_permission_entry){ s->deny,
		s->is_group, ca_arena_str(&p->arena, s->principal), s->rights };
	return p->entry_n < STORE_PERMISSIONS_MAX;
}

static bool
add_restriction(void *ctx, const struct store_restriction *s)
{
	struct ca_picture *p = ctx;

	p->restriction_ids[p->restriction_n] = s->id;
	p->restrictions[p->restriction_n++] =
	    (struct ca_restriction){ .kind = s->kind ? CA_RESTRICTION_OFFICER
						     : CA_RESTRICTION_AGENT,
		    .deny = s->deny,
		    .actor_is_group = s->actor_is_group,
		    .actor = ca_arena_str(&p->arena, s->actor),
		    .template = ca_arena_str(&p->arena, s->template_name),
		    .target_kind = s->target_kind < CA_TARGET_COUNT
				       ? s->target_kind
				       : CA_TARGET_COUNT,
		    .target = ca_arena_str(&p->arena, s->target) };
	return p->restriction_n < STORE_RESTRICTIONS_MAX;
}

static bool
add_person(void *ctx, const struct store_person *s)
{
	struct ca_picture *p = ctx;

	p->persons[p->person_n] = ca_arena_str(&p->arena, s->principal);
	p->person_numbers[p->person_n++] = s->number;
	return p->person_n < STORE_PERSONS_MAX;
}

static int
fill(struct ca_picture *p, struct store_reader *r, struct err *err)
{
	int rc;

	if (make_room(p, err) < 0 || store_read_begin(r, err) < 0)
		return -1;
	rc = store_list_groups(r, add_group, p, err);
	if (rc == 0)
		rc = store_list_members(r, add_member, p, err);
	if (rc == 0)
		rc = store_list_permissions(r, add_permission, p, err);
	if (rc == 0)
		rc = store_list_restrictions(r, add_restriction, p, err);
	if (rc == 0)
		rc = store_list_persons(r, add_person, p, err);
	store_read_end(r);
	/* A text that found no room would be a right too many or a deny too
	 * few. */
	return rc < 0 ? -1 : ca_arena_check(&p->arena, err);
}

int
ca_access_take(struct ca_worker *w, struct ca_picture **ret, struct err *err)
{
	struct ca_access *a = w->ca->access;
	AUTO(ca_picture) fresh = NULL;
	int rc = 0;

	thread_lock(&a->lock);
	if (!a->newest) {
		fresh = calloc(1, sizeof(*fresh));
		if (!fresh)
			rc = err_set(err, ERR_NO_MEMORY, "the permissions");
		else
			atomic_init(&fresh->references, 1);
		if (rc == 0)
			rc = fill(fresh, w->reader, err);
		if (rc == 0)
			a->newest = TAKE(fresh);
	}
	if (rc == 0) {
		*ret = a->newest;
		atomic_fetch_add(&a->newest->references, 1);
	}
	thread_unlock(&a->lock);
	return rc < 0 ? err_wrap(err, "reading the permissions") : 0;
}

/* --- asking ------------------------------------------------------------- */

static struct ca_group_list
groups_of(const struct ca_picture *p, const char *principal)
{
	size_t first = find_text(p->members, p->member_n, principal), n = 0;

	while (
	    first + n < p->member_n && str_eq(p->members[first + n], principal))
		n++;
	return (struct ca_group_list){ p->member_groups + first, n };
}

void
ca_picture_principal(const struct ca_picture *p, const char *owner,
    const char *account, struct ca_principal *ret)
{
	*ret = (struct ca_principal){ .owner = owner, .account = account };
	ret->groups[0] = groups_of(p, owner);
	if (!str_eq(owner, account))
		ret->groups[1] = groups_of(p, account);
}

const struct ca_permission_entry *
ca_picture_entries(const struct ca_picture *p, const char *scope, size_t *ret_n)
{
	size_t first = find_text(p->scopes, p->entry_n, scope), n = 0;

	while (first + n < p->entry_n && str_eq(p->scopes[first + n], scope))
		n++;
	*ret_n = n;
	return p->entries + first;
}

bool
ca_picture_has_group(const struct ca_picture *p, const char *key)
{
	size_t at = find_text(p->groups, p->group_n, key);

	return at < p->group_n && str_eq(p->groups[at], key);
}

size_t
ca_picture_group_size(const struct ca_picture *p, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < p->member_n; i++)
		n += str_eq(p->member_groups[i], key);
	return n;
}

bool
ca_picture_is_member(
    const struct ca_picture *p, const char *principal, const char *group)
{
	struct ca_group_list l = groups_of(p, principal);

	for (size_t i = 0; i < l.n; i++)
		if (str_eq(l.keys[i], group))
			return true;
	return false;
}

uint64_t
ca_picture_person(const struct ca_picture *p, const char *principal)
{
	size_t at = find_text(p->persons, p->person_n, principal);

	return at < p->person_n && str_eq(p->persons[at], principal)
		   ? p->person_numbers[at]
		   : 0;
}

bool
ca_picture_same(const struct ca_picture *p, const char *one, const char *other)
{
	uint64_t a = ca_picture_person(p, one);

	return str_eq(one, other) ||
	       (a != 0 && a == ca_picture_person(p, other));
}
