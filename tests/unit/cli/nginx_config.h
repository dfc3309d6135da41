/* nginx_config.h - a configuration as a quickstart folder has it. */
#pragma once
#include "cli/config.h"

static inline UNUSED struct cli_config
nginx_config_sample(void)
{
	return (struct cli_config){
		.listen = "127.0.0.1",
		.https = 8443,
		.http = 8080,
		.rate = 200,
		.burst = 400,
		.connections = 200,
		.nginx_workers = 2,
		.web_threads = 16,
		.urls = { "https://localhost:8443", "https://127.0.0.1:8443",
		    "https://[::1]:8443", "https://LOCALHOST:8443",
		    "https://localhost" },
		.url_count = 5,
		.http_url = "http://localhost:8080",
	};
}
