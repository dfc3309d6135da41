#include "ca/crl_word.h"

#include "base/str.h"
#include "base/thread.h"

struct ca_crl_words {
	pthread_mutex_t lock;
	struct ca_crl_word list[CA_CRL_WORDS_MAX]; /* the newest first */
	size_t n;
};

int
ca_crl_words_new(struct ca_crl_words **ret, struct err *err)
{
	struct ca_crl_words *w = calloc(1, sizeof(*w));

	if (!w)
		return err_set(err, ERR_NO_MEMORY, "the words about lists");
	pthread_mutex_init(&w->lock, NULL);
	*ret = w;
	return 0;
}

void
ca_crl_words_free(struct ca_crl_words *w)
{
	if (!w)
		return;
	pthread_mutex_destroy(&w->lock);
	free(w);
}

bool
ca_crl_word_find(struct ca_crl_words *w, const char *file,
    const uint8_t hash[32], struct ca_crl_word *ret)
{
	bool found = false;

	thread_lock(&w->lock);
	for (size_t i = 0; i < w->n && !found; i++)
		if (str_eq(w->list[i].file, file) &&
		    memcmp(w->list[i].hash, hash, 32) == 0) {
			*ret = w->list[i];
			found = true;
		}
	thread_unlock(&w->lock);
	return found;
}

bool
ca_crl_word_set(struct ca_crl_words *w, const struct ca_crl_word *word)
{
	size_t i = 0;
	bool same;

	thread_lock(&w->lock);
	while (i < w->n && !str_eq(w->list[i].file, word->file))
		i++;
	same = i < w->n && memcmp(w->list[i].hash, word->hash, 32) == 0 &&
	       !w->list[i].delivered == !word->delivered &&
	       str_eq(w->list[i].text, word->text);
	if (!same) {
		if (i == w->n && w->n < CA_CRL_WORDS_MAX)
			w->n++;
		if (i == CA_CRL_WORDS_MAX)
			i--; /* the oldest goes */
		memmove(w->list + 1, w->list, i * sizeof(*w->list));
		w->list[0] = *word;
	}
	thread_unlock(&w->lock);
	return !same;
}
