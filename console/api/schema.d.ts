/** Written by `npm run openapi` from the server's routes. */
export interface paths {
    "/console/api/public/storefront": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The storefront: its name, looks, unit of money and mount.
         * @description Who may: Anybody.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            logoUrl: string | null;
                            unit: {
                                name: string;
                                symbol: string | null;
                                rate: {
                                    num: string;
                                    den: string;
                                };
                            };
                            /** @enum {string} */
                            registration: "open" | "invite" | "closed";
                            isClaimed: boolean;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            startCreditNano: string;
                            mount: string;
                            keyPrefix: string;
                            support: string | null;
                            billingUrl: string | null;
                            oauthProviders: {
                                id: string;
                                name: string;
                            }[];
                            mail: boolean;
                            production: boolean;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/public/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every model that can be called, with its price under the usual plan.
         * @description Who may: Anybody.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                id: string;
                                provider: string;
                                /** @enum {string} */
                                kind: "chat" | "embedding" | "image" | "video" | "speech" | "transcription";
                                /** @enum {string} */
                                status: "live" | "legacy" | "deprecated" | "retired";
                                context: number | null;
                                maxOutput: number | null;
                                input: string[];
                                output: string[];
                                capabilities: string[];
                                sandbox: boolean;
                                rates: {
                                    /** @enum {string} */
                                    unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                    per: number;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    nano: string;
                                }[];
                                varies: boolean;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/public/model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One model by its id or an alias: prices by plan, limits, and what of each dialect reaches it.
         * @description Who may: Anybody.
         */
        get: {
            parameters: {
                query: {
                    id: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            provider: string;
                            /** @enum {string} */
                            kind: "chat" | "embedding" | "image" | "video" | "speech" | "transcription";
                            /** @enum {string} */
                            status: "live" | "legacy" | "deprecated" | "retired";
                            context: number | null;
                            maxOutput: number | null;
                            input: string[];
                            output: string[];
                            capabilities: string[];
                            sandbox: boolean;
                            rates: {
                                /** @enum {string} */
                                unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                per: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                nano: string;
                            }[];
                            varies: boolean;
                            aliases: string[];
                            replacement: string | null;
                            list: {
                                /** @enum {string} */
                                unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                per: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                nano: string;
                            }[];
                            tiers: {
                                above: number;
                                rates: {
                                    /** @enum {string} */
                                    unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                    per: number;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    nano: string;
                                }[];
                            }[];
                            variants: {
                                when: {
                                    [key: string]: string | number | boolean;
                                };
                                rates: {
                                    /** @enum {string} */
                                    unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                    per: number;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    nano: string;
                                }[];
                            }[];
                            plans: {
                                id: string;
                                rates: {
                                    /** @enum {string} */
                                    unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                    per: number;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    nano: string;
                                }[];
                            }[];
                            limits: {
                                rpm: number | null;
                                tpm: number | null;
                                concurrency: number | null;
                            };
                            dialects: {
                                /** @enum {string} */
                                dialect: "chat" | "responses" | "messages" | "gemini" | "completions";
                                route: string;
                                requests: {
                                    carried?: string[];
                                    named?: string[];
                                    refused?: string[];
                                    idle?: string[];
                                    absent?: string[];
                                } | null;
                                replies: {
                                    carried?: string[];
                                    named?: string[];
                                    refused?: string[];
                                    idle?: string[];
                                    absent?: string[];
                                } | null;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/public/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The plans: what they cost once, what they leave of the list price, and their limits.
         * @description Who may: Anybody.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                id: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                feeNano: string;
                                multiplier: string;
                                rpm: number | null;
                                tpm: number | null;
                                concurrency: number | null;
                                isDefault: boolean;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/public/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How often calls to each model succeeded, from the calls that were made: by hour for a day, by day for 90 days.
         * @description Who may: Anybody.
         */
        get: {
            parameters: {
                query?: {
                    range?: "day" | "quarter";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Milliseconds since the Unix epoch. */
                            from: number;
                            /** @description Milliseconds since the Unix epoch. */
                            to: number;
                            slots: number[];
                            all: {
                                attempts: number;
                                failures: number;
                            };
                            models: {
                                model: string;
                                total: {
                                    attempts: number;
                                    failures: number;
                                };
                                bars: {
                                    attempts: number;
                                    failures: number;
                                }[];
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is signed in: name, roles and accounts.
         * @description Who may: Anybody who is signed in.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            email: string;
                            name: string;
                            username: string;
                            isVerified: boolean;
                            /** @enum {string|null} */
                            installationRole: "operator" | "support" | "auditor" | null;
                            needsSecondFactor: boolean;
                            accounts: {
                                id: string;
                                name: string;
                                /** @enum {string} */
                                role: "owner" | "member";
                                members: number;
                            }[];
                            may: {
                                installation: ("public" | "user" | "account:read" | "account:write" | "account:own" | "admin:read" | "admin:support" | "admin:audit" | "admin:write")[];
                                accounts: {
                                    id: string;
                                    may: ("public" | "user" | "account:read" | "account:write" | "account:own" | "admin:read" | "admin:support" | "admin:audit" | "admin:write")[];
                                }[];
                            };
                            views: string[];
                            /** @description Milliseconds since the Unix epoch. */
                            signedInAt: number;
                            /** @description Milliseconds since the Unix epoch. */
                            steppedUpAt: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change one's own name or username.
         * @description Who may: Anybody who is signed in.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name?: string;
                        username?: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            email: string;
                            name: string;
                            username: string;
                            isVerified: boolean;
                            /** @enum {string|null} */
                            installationRole: "operator" | "support" | "auditor" | null;
                            needsSecondFactor: boolean;
                            accounts: {
                                id: string;
                                name: string;
                                /** @enum {string} */
                                role: "owner" | "member";
                                members: number;
                            }[];
                            may: {
                                installation: ("public" | "user" | "account:read" | "account:write" | "account:own" | "admin:read" | "admin:support" | "admin:audit" | "admin:write")[];
                                accounts: {
                                    id: string;
                                    may: ("public" | "user" | "account:read" | "account:write" | "account:own" | "admin:read" | "admin:support" | "admin:audit" | "admin:write")[];
                                }[];
                            };
                            views: string[];
                            /** @description Milliseconds since the Unix epoch. */
                            signedInAt: number;
                            /** @description Milliseconds since the Unix epoch. */
                            steppedUpAt: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/console/api/me/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How one signs in: password, codes of an app, passkeys.
         * @description Who may: Anybody who is signed in.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            hasPassword: boolean;
                            hasCodes: boolean;
                            recoveryCodesLeft: number | null;
                            passkeys: {
                                id: string;
                                name: string | null;
                                isSynced: boolean;
                                /** @description Milliseconds since the Unix epoch. */
                                createdAt: number;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/me/passkeys/{passkey}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a passkey; every other session ends.
         * @description Who may: Anybody who is signed in. Asks for a fresh proof of who one is.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    passkey: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/me/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where one is signed in.
         * @description Who may: Anybody who is signed in.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                id: string;
                                isThis: boolean;
                                /** @description Milliseconds since the Unix epoch. */
                                createdAt: number;
                                /** @description Milliseconds since the Unix epoch. */
                                seenAt: number;
                                ip: string | null;
                                userAgent: string | null;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/me/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End one of one's sessions.
         * @description Who may: Anybody who is signed in.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/me/sessions/end-others": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End every session of one's own but this one.
         * @description Who may: Anybody who is signed in.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            ended: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/me/step-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Prove once more who one is: by password, by a code, or by a passkey.
         * @description Who may: Anybody who is signed in.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        password?: string;
                        code?: string;
                        passkey?: {
                            [key: string]: unknown;
                        };
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Milliseconds since the Unix epoch. */
                            steppedUpAt: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/me/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation that was sent to one's own address.
         * @description Who may: Anybody who is signed in.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        token: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            account: string | null;
                            signInAgain: boolean;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/me/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Leave an account; its last owner cannot.
         * @description Who may: Anybody who is signed in. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        account: string;
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Keys, newest first.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Key"][];
                            next: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Create a key; its text is answered only now.
         * @description Who may: Owner and members of the account. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        /** @default null */
                        rpm?: number | null;
                        /** @default null */
                        tpm?: number | null;
                        /** @default null */
                        concurrency?: number | null;
                        /** @default null */
                        models?: string[] | null;
                        /**
                         * @description Whole nano-USD as a decimal string of at most 30 digits.
                         * @default null
                         * @example 12300000
                         */
                        budgetNano?: string | null;
                        /**
                         * @default null
                         * @enum {string|null}
                         */
                        budgetPeriod?: "day" | "week" | "month" | null;
                        /**
                         * @description Milliseconds since the Unix epoch.
                         * @default null
                         */
                        expiresAt?: number | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            key: components["schemas"]["Key"];
                            /** @description The key's text. It is shown only now. */
                            secret: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/key-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The models that a key may be limited to.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            models: string[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a key's name, limits, budget, models or end.
         * @description Who may: Owner and members of the account.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    key: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name?: string;
                        rpm?: number | null;
                        tpm?: number | null;
                        concurrency?: number | null;
                        models?: string[] | null;
                        /**
                         * @description Whole nano-USD as a decimal string of at most 30 digits.
                         * @example 12300000
                         */
                        budgetNano?: string;
                        /** @description Milliseconds since the Unix epoch. */
                        expiresAt?: number | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Key"];
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/console/api/accounts/{account}/keys/{key}/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refuse a key until it is thawed.
         * @description Who may: Owner and members of the account.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    key: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Key"];
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/keys/{key}/thaw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept a frozen key again.
         * @description Who may: Owner and members of the account.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    key: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Key"];
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/keys/{key}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refuse a key for ever.
         * @description Who may: Owner and members of the account.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    key: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Key"];
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/keys/{key}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a key in place of another, which ends after some hours; 0 revokes it at once.
         * @description Who may: Owner and members of the account. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    key: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        overlapHours: number;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            key: components["schemas"]["Key"];
                            /** @description The key's text. It is shown only now. */
                            secret: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Rules, the webhook, and the last deliveries.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            rules: components["schemas"]["AlertRule"][];
                            members: {
                                id: string;
                                name: string;
                                email: string;
                            }[];
                            webhook: {
                                url: string;
                                /** @description Milliseconds since the Unix epoch. */
                                disabledAt: number | null;
                            } | null;
                            deliveries: {
                                id: string;
                                event: string;
                                channel: string;
                                target: string | null;
                                state: string;
                                tries: number;
                                status: number | null;
                                /** @description Milliseconds since the Unix epoch. */
                                createdAt: number;
                                /** @description Milliseconds since the Unix epoch. */
                                doneAt: number | null;
                            }[];
                            mail: boolean;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/alerts/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add a rule.
         * @description Who may: The owner of the account.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        kind: "low_balance" | "key_budget" | "daily_spend";
                        people: string[];
                        webhook: boolean;
                        enabled: boolean;
                        /**
                         * @description Whole nano-USD as a decimal string of at most 30 digits.
                         * @default null
                         * @example 12300000
                         */
                        amountNano?: string | null;
                        /** @default null */
                        percent?: number | null;
                        /** @default null */
                        factor?: number | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            rules: components["schemas"]["AlertRule"][];
                            members: {
                                id: string;
                                name: string;
                                email: string;
                            }[];
                            webhook: {
                                url: string;
                                /** @description Milliseconds since the Unix epoch. */
                                disabledAt: number | null;
                            } | null;
                            deliveries: {
                                id: string;
                                event: string;
                                channel: string;
                                target: string | null;
                                state: string;
                                tries: number;
                                status: number | null;
                                /** @description Milliseconds since the Unix epoch. */
                                createdAt: number;
                                /** @description Milliseconds since the Unix epoch. */
                                doneAt: number | null;
                            }[];
                            mail: boolean;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/alerts/rules/{rule}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change a rule; it is armed anew.
         * @description Who may: The owner of the account.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    rule: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        kind: "low_balance" | "key_budget" | "daily_spend";
                        people: string[];
                        webhook: boolean;
                        enabled: boolean;
                        /**
                         * @description Whole nano-USD as a decimal string of at most 30 digits.
                         * @default null
                         * @example 12300000
                         */
                        amountNano?: string | null;
                        /** @default null */
                        percent?: number | null;
                        /** @default null */
                        factor?: number | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            rules: components["schemas"]["AlertRule"][];
                            members: {
                                id: string;
                                name: string;
                                email: string;
                            }[];
                            webhook: {
                                url: string;
                                /** @description Milliseconds since the Unix epoch. */
                                disabledAt: number | null;
                            } | null;
                            deliveries: {
                                id: string;
                                event: string;
                                channel: string;
                                target: string | null;
                                state: string;
                                tries: number;
                                status: number | null;
                                /** @description Milliseconds since the Unix epoch. */
                                createdAt: number;
                                /** @description Milliseconds since the Unix epoch. */
                                doneAt: number | null;
                            }[];
                            mail: boolean;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        post?: never;
        /**
         * Remove a rule.
         * @description Who may: The owner of the account.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    rule: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            rules: components["schemas"]["AlertRule"][];
                            members: {
                                id: string;
                                name: string;
                                email: string;
                            }[];
                            webhook: {
                                url: string;
                                /** @description Milliseconds since the Unix epoch. */
                                disabledAt: number | null;
                            } | null;
                            deliveries: {
                                id: string;
                                event: string;
                                channel: string;
                                target: string | null;
                                state: string;
                                tries: number;
                                status: number | null;
                                /** @description Milliseconds since the Unix epoch. */
                                createdAt: number;
                                /** @description Milliseconds since the Unix epoch. */
                                doneAt: number | null;
                            }[];
                            mail: boolean;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/alerts/webhook": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set the webhook and switch it on. A new secret is answered only now.
         * @description Who may: The owner of the account. Asks for a fresh proof of who one is.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        url: string;
                        newSecret: boolean;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            secret: string | null;
                            webhook: {
                                url: string;
                                /** @description Milliseconds since the Unix epoch. */
                                disabledAt: number | null;
                            };
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        post?: never;
        /**
         * Remove the webhook.
         * @description Who may: The owner of the account.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/alerts/webhook/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Post a test event; how it went is in the deliveries a moment later.
         * @description Who may: The owner of the account.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/billing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Balance, plan and ways to pay.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            balanceNano: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            borrowedNano: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            promoNano: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            pendingNano: string;
                            frozen: boolean;
                            plans: components["schemas"]["AccountPlan"][];
                            billingUrl: string | null;
                            support: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/billing/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The account's statement, newest first: transfers, and requests by the day.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["StatementLine"][];
                            next: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/billing/entries.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The whole statement as a file.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A CSV file. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/billing/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change to a plan; one that costs something is paid from the balance, once and for ever.
         * @description Who may: The owner of the account.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        plan: string;
                        /**
                         * @description Whole nano-USD as a decimal string of at most 30 digits.
                         * @example 12300000
                         */
                        feeNano: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            balanceNano: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            borrowedNano: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            promoNano: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            pendingNano: string;
                            frozen: boolean;
                            plans: components["schemas"]["AccountPlan"][];
                            billingUrl: string | null;
                            support: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/billing/redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redeem a code for credit. An Idempotency-Key makes a repeated attempt the same one.
         * @description Who may: The owner of the account.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        code: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            amountNano: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            balanceNano: string;
                            isPromo: boolean;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/billing/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Invoices that were issued, and the months that can be.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                id: string;
                                number: string;
                                /** @enum {string} */
                                kind: "month" | "credit";
                                subject: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                totalNano: string;
                                /** @description Milliseconds since the Unix epoch. */
                                issuedAt: number;
                            }[];
                            months: string[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Issue the invoice of a month or a credit; the same one again where it was issued before.
         * @description Who may: The owner of the account.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        kind: "month" | "credit";
                        subject: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Invoice"];
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/billing/invoices/{invoice}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One invoice.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    invoice: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Invoice"];
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The account's name and what its invoices say.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            company: string | null;
                            address: string | null;
                            taxId: string | null;
                            planId: string | null;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            balanceNano: string;
                            /** @description Milliseconds since the Unix epoch. */
                            createdAt: number;
                            /** @description Milliseconds since the Unix epoch. */
                            closedAt: number | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        /**
         * Change the account's name and what its next invoices say.
         * @description Who may: The owner of the account.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        company: string | null;
                        address: string | null;
                        taxId: string | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            name: string;
                            company: string | null;
                            address: string | null;
                            taxId: string | null;
                            planId: string | null;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            balanceNano: string;
                            /** @description Milliseconds since the Unix epoch. */
                            createdAt: number;
                            /** @description Milliseconds since the Unix epoch. */
                            closedAt: number | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/settings/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close the account: its keys are revoked and it is frozen; its balance stays in the books.
         * @description Who may: The owner of the account. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/team": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who belongs to the account and, for its owners, who is invited.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            members: {
                                person: string;
                                name: string;
                                email: string;
                                /** @enum {string} */
                                role: "owner" | "member";
                                isYou: boolean;
                                /** @description Milliseconds since the Unix epoch. */
                                joinedAt: number;
                            }[];
                            invitations: {
                                id: string;
                                email: string;
                                /** @enum {string} */
                                role: "owner" | "member";
                                invitedBy: string;
                                /** @description Milliseconds since the Unix epoch. */
                                createdAt: number;
                                /** @description Milliseconds since the Unix epoch. */
                                expiresAt: number;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/team/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invite somebody by mail; the link is valid for seven days and works once.
         * @description Who may: The owner of the account. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        email: string;
                        /** @enum {string} */
                        role: "owner" | "member";
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            link: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/team/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take an invitation back.
         * @description Who may: The owner of the account.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    invitation: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/team/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take somebody out of the account.
         * @description Who may: The owner of the account. Asks for a fresh proof of who one is.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    person: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Make a member an owner, or an owner a member.
         * @description Who may: The owner of the account. Asks for a fresh proof of who one is.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    person: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        role: "owner" | "member";
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/console/api/admin/codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Codes, newest first, without their texts.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Code"][];
                            next: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Make codes; their texts are answered only now.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        kind: "promo" | "paid";
                        /**
                         * @description Whole nano-USD as a decimal string of at most 30 digits.
                         * @example 12300000
                         */
                        amountNano: string;
                        /** @default 1 */
                        count?: number;
                        /** @default 1 */
                        uses?: number;
                        /** @default 1 */
                        perAccount?: number;
                        /**
                         * @description Milliseconds since the Unix epoch.
                         * @default null
                         */
                        expiresAt?: number | null;
                        /** @default null */
                        note?: string | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            codes: {
                                id: string;
                                code: string;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/codes/{code}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Withdraw what is left of a code; what was redeemed stays.
         * @description Who may: The operator.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    code: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/playground-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A key for the playground: it ends within the hour, and runs four requests at once.
         * @description Who may: Owner and members of the account.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, never>;
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            key: string;
                            /** @description Milliseconds since the Unix epoch. */
                            expiresAt: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The storefront's settings as they are in force.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StorefrontSettings"];
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes settings of the storefront; what is not named stays, null takes a setting away.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name?: string | null;
                        keyPrefix?: string | null;
                        mounts?: string[] | null;
                        unit?: "usd" | {
                            name: string;
                            symbol?: string;
                            /** @enum {string} */
                            per: "usd";
                            rate: number | string;
                        } | null;
                        keyLength?: number | null;
                        support?: string | null;
                        seller?: {
                            name?: string;
                            address?: string;
                            taxId?: string;
                        } | null;
                        /** Format: uri */
                        billingUrl?: string | null;
                        /** @enum {string|null} */
                        catalog?: "all" | "own" | null;
                        /** @enum {string|null} */
                        registration?: "open" | "invite" | "closed" | null;
                        registrationsPerPeer?: number | null;
                        registrationsPerDay?: number | null;
                        idempotency?: boolean | null;
                        brand?: {
                            accent?: string;
                            accentDark?: string;
                            logo?: string;
                        } | null;
                        /**
                         * @description Whole nano-USD as a decimal string of at most 30 digits.
                         * @example 12300000
                         */
                        startCreditNano?: string | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StorefrontSettings"];
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/console/api/admin/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everybody who may sign in, searched by the beginning of an address, a username or an id.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    limit?: number;
                    search?: string;
                    staff?: "true";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                id: string;
                                email: string;
                                isVerified: boolean;
                                name: string;
                                username: string;
                                /** @enum {string|null} */
                                role: "operator" | "support" | "auditor" | null;
                                hasCodes: boolean;
                                isDisabled: boolean;
                                /** @description Milliseconds since the Unix epoch. */
                                createdAt: number;
                            }[];
                            next: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/people/{person}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One person, with their accounts and sessions.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    person: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            person: {
                                id: string;
                                email: string;
                                isVerified: boolean;
                                name: string;
                                username: string;
                                /** @enum {string|null} */
                                role: "operator" | "support" | "auditor" | null;
                                hasCodes: boolean;
                                isDisabled: boolean;
                                /** @description Milliseconds since the Unix epoch. */
                                createdAt: number;
                            };
                            passkeys: number;
                            accounts: {
                                id: string;
                                name: string;
                                /** @enum {string} */
                                role: "owner" | "member";
                            }[];
                            sessions: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Give or take a role of the installation, or close the door to somebody; their sessions end.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    person: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string|null} */
                        role?: "operator" | "support" | "auditor" | null;
                        isDisabled?: boolean;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            email: string;
                            isVerified: boolean;
                            name: string;
                            username: string;
                            /** @enum {string|null} */
                            role: "operator" | "support" | "auditor" | null;
                            hasCodes: boolean;
                            isDisabled: boolean;
                            /** @description Milliseconds since the Unix epoch. */
                            createdAt: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/console/api/admin/people/{person}/end-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End every session of somebody.
         * @description Who may: Operator and support. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    person: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            ended: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Open invitations to the installation.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                id: string;
                                email: string;
                                /** @enum {string} */
                                role: "operator" | "support" | "auditor" | "customer";
                                invitedBy: string;
                                /** @description Milliseconds since the Unix epoch. */
                                createdAt: number;
                                /** @description Milliseconds since the Unix epoch. */
                                expiresAt: number;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Invite somebody as a customer, or to work for the installation.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        email: string;
                        /** @enum {string} */
                        role: "operator" | "support" | "auditor" | "customer";
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            link: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take an invitation to the installation back.
         * @description Who may: The operator.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    invitation: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/accounts/{account}/view": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open an account of a customer for half an hour, to look at it; the reason stands in the audit log.
         * @description Who may: Operator, support and auditor. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        reason: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Milliseconds since the Unix epoch. */
                            expiresAt: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        /**
         * Close an account that one has open.
         * @description Who may: Operator, support and auditor.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests of the account as they are charged: events `open`, `request`, `skipped` and `end`.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/standing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The balance, what is held of it now, and whether there are keys and requests.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            balanceNano: string;
                            /**
                             * @description What running requests and videos may still take of it, as told every 5 s.
                             * @example 12300000
                             */
                            heldNano: string;
                            running: number;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            promoNano: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            pendingNano: string;
                            frozen: boolean;
                            hasKeys: boolean;
                            hasRequests: boolean;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was spent in a time, by hour or by the reader's days, on which models or through which keys.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: {
                    range?: "24h" | "7d" | "30d";
                    split?: "model" | "key";
                    offset?: number | null;
                };
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UsageOverview"];
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests, newest first. A page may be short, or empty, and still have a next one: so far was looked.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: {
                    fromAt?: number | null;
                    toAt?: number | null;
                    model?: string;
                    key?: string;
                    outcome?: "completed" | "completed_no_usage" | "completed_zero_usage" | "client_cancelled" | "client_cancelled_preflight" | "upstream_failed_before_output" | "upstream_failed_after_output" | "upstream_failed_charged" | "empty" | "content_filtered" | "gateway_failed" | "rejected" | "crashed" | "revoked_midstream" | "cut_by_hold" | "task_lost";
                    /** @description Whole nano-USD as a decimal string of at most 30 digits. */
                    minNano?: string;
                    request?: string;
                    cursor?: string;
                    limit?: number;
                    direction?: "older" | "newer";
                };
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Request"][];
                            /** @description Cursor of the older page. */
                            next: string | null;
                            /** @description Cursor of the newer page, with `direction=newer`. */
                            previous: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/requests.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The requests of a filter as a file. One that is cut says in `x-farthing-next` before which request.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: {
                    fromAt?: number | null;
                    toAt?: number | null;
                    model?: string;
                    key?: string;
                    outcome?: "completed" | "completed_no_usage" | "completed_zero_usage" | "client_cancelled" | "client_cancelled_preflight" | "upstream_failed_before_output" | "upstream_failed_after_output" | "upstream_failed_charged" | "empty" | "content_filtered" | "gateway_failed" | "rejected" | "crashed" | "revoked_midstream" | "cut_by_hold" | "task_lost";
                    /** @description Whole nano-USD as a decimal string of at most 30 digits. */
                    minNano?: string;
                    request?: string;
                };
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A CSV file. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/requests/{request}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One request with its charge, line by line.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                    request: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ExplainedCharge"];
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/accounts/{account}/usage-choices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Models and keys that were used in the last 90 days, by what was spent.
         * @description Who may: Owner and members of the account, and who works for the installation while they have it open read-only.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The account's public id, `acc_…`. */
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            models: string[];
                            keys: {
                                id: string;
                                name: string;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests of all accounts as they are charged: events `open`, `request`, `skipped` and `end`.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The audit log, newest first.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: {
                    /** @description An actor's id, the beginning of a person's name or address, `system`, `command line`. */
                    actor?: string;
                    /** @description An action, or the beginning of several: `key.` */
                    action?: string;
                    object?: string;
                    fromAt?: number | null;
                    toAt?: number | null;
                    cursor?: string;
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                id: string;
                                /** @description Milliseconds since the Unix epoch. */
                                at: number;
                                actor: string;
                                actorName: string | null;
                                actorEmail: string | null;
                                action: string;
                                object: string;
                                objectName: string | null;
                                detail: {
                                    [key: string]: string | number | boolean | null;
                                };
                            }[];
                            next: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/audit/chain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the audit log is as it was written. Checked at most once a minute.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            isWhole: boolean;
                            rows: number;
                            waiting: number;
                            head: string;
                            broken: string[];
                            /** @description Milliseconds since the Unix epoch. */
                            checkedAt: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/audit/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The audit log as CSV, newest first: exactly what is filtered, at most a million rows.
         * @description Who may: Operator and auditor. Asks for a fresh proof of who one is.
         */
        get: {
            parameters: {
                query?: {
                    /** @description An actor's id, the beginning of a person's name or address, `system`, `command line`. */
                    actor?: string;
                    /** @description An action, or the beginning of several: `key.` */
                    action?: string;
                    object?: string;
                    fromAt?: number | null;
                    toAt?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A CSV file. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/exports/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Accounts with their balances, as CSV, by when they were opened.
         * @description Who may: Operator and auditor. Asks for a fresh proof of who one is.
         */
        get: {
            parameters: {
                query?: {
                    fromAt?: number | null;
                    toAt?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A CSV file. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/exports/transfers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every transfer of the books, as CSV, by when it was made.
         * @description Who may: Operator and auditor. Asks for a fresh proof of who one is.
         */
        get: {
            parameters: {
                query?: {
                    fromAt?: number | null;
                    toAt?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A CSV file. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/exports/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every version of every price list, as CSV, by when it came into force.
         * @description Who may: Operator and auditor. Asks for a fresh proof of who one is.
         */
        get: {
            parameters: {
                query?: {
                    fromAt?: number | null;
                    toAt?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A CSV file. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Revenue, cost, margin and failures of a range beside the range before, by time, with the accounts that matter most.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: {
                    fromAt?: number | null;
                    toAt?: number | null;
                    offset?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Milliseconds since the Unix epoch. */
                            fromAt: number;
                            /** @description Milliseconds since the Unix epoch. */
                            toAt: number;
                            now: {
                                requests: number;
                                failures: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                revenueNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                costNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                marginNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                absorbedNano: string;
                                attempts: number;
                                failedAttempts: number;
                            };
                            before: {
                                requests: number;
                                failures: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                revenueNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                costNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                marginNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                absorbedNano: string;
                                attempts: number;
                                failedAttempts: number;
                            };
                            /** @enum {string} */
                            bucket: "hour" | "day";
                            points: {
                                /** @description Milliseconds since the Unix epoch. */
                                at: number;
                                requests: number;
                                failures: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                revenueNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                costNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                marginNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                absorbedNano: string;
                                attempts: number;
                                failedAttempts: number;
                            }[];
                            activeAccounts: number;
                            activeBefore: number;
                            bySpend: {
                                id: string;
                                name: string;
                                requests: number;
                                failures: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                revenueNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                costNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                marginNano: string;
                            }[];
                            byMargin: {
                                id: string;
                                name: string;
                                requests: number;
                                failures: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                revenueNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                costNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                marginNano: string;
                            }[];
                            byUpstream: {
                                name: string;
                                requests: number;
                                failures: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                revenueNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                costNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                marginNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                absorbedNano: string;
                                attempts: number;
                                failedAttempts: number;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/attention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What needs a look now: warnings of the settings and of the books, and the latest failures.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            warnings: string[];
                            frozen: number;
                            disagreeing: number;
                            absorbing: number;
                            failures: {
                                id: string;
                                /** @description Milliseconds since the Unix epoch. */
                                at: number;
                                model: string;
                                account: string;
                                accountName: string;
                                outcome: string;
                                status: number;
                                upstream: string | null;
                                attempts: number;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The providers that an upstream can be of.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                id: string;
                                name: string;
                                baseUrl: string | null;
                                variable: string | null;
                                protocols: string[];
                                /** @enum {string} */
                                auth: "bearer" | "x-api-key" | "x-goog-api-key" | "none";
                                needsKey: boolean;
                                makesVideos: boolean;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/upstreams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every upstream: its settings, how it does, and what it serves.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                id: string;
                                provider: string;
                                providerName: string;
                                protocols: string[];
                                /** @enum {string} */
                                source: "settings" | "environment" | "builtin";
                                /** @enum {string} */
                                state: "on" | "draining" | "off";
                                usable: boolean;
                                problem: string | null;
                                baseUrl: string | null;
                                variable: string | null;
                                key: {
                                    last4: string;
                                    fingerprint: string;
                                } | null;
                                models: {
                                    [key: string]: string;
                                };
                                timeouts: {
                                    firstByteMs?: number;
                                    wholeMs?: number;
                                    idleMs?: number;
                                };
                                maxConcurrent: number;
                                serves: {
                                    model: string;
                                    name: string;
                                    priority: number;
                                    weight: number;
                                    routed: boolean;
                                }[];
                                inFlight: number;
                                obstacles: {
                                    model: string | null;
                                    /** @enum {string} */
                                    state: "open" | "probing" | "cooling";
                                    waitMs: number;
                                }[];
                                health: {
                                    attempts: number;
                                    failures: number;
                                    p50Ms: number | null;
                                    p95Ms: number | null;
                                    firstByteP50Ms: number | null;
                                    firstByteP95Ms: number | null;
                                    lastFailure: {
                                        code: string;
                                        status: number | null;
                                        /** @description Milliseconds since the Unix epoch. */
                                        at: number;
                                    } | null;
                                };
                                day: {
                                    attempts: number;
                                    failedAttempts: number;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    spendNano: string;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    costNano: string;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    marginNano: string;
                                };
                                /** @description Milliseconds since the Unix epoch. */
                                updatedAt: number | null;
                            }[];
                            /** @description Milliseconds since the Unix epoch. */
                            since: number;
                            process: {
                                id: string;
                                processes: number;
                            };
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Adds an upstream. It takes requests at once unless `enabled` is false.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        id: string;
                        /** @enum {string} */
                        provider: "alibaba" | "anthropic" | "anthropic-compatible" | "azure" | "bytedance" | "cerebras" | "databricks" | "deepinfra" | "deepseek" | "fireworks" | "gemini-compatible" | "google" | "groq" | "huggingface" | "llamacpp" | "lmstudio" | "minimax" | "mistral" | "moonshot" | "nebius" | "ollama" | "openai" | "openai-compatible" | "openai-completions-compatible" | "openai-responses-compatible" | "openrouter" | "perplexity" | "sandbox" | "together" | "venice" | "vllm" | "xai" | "xiaomi" | "zhipu";
                        baseUrl?: string | null;
                        apiKey?: string;
                        models?: {
                            [key: string]: string;
                        } | null;
                        timeouts?: {
                            firstByteMs?: number;
                            wholeMs?: number;
                            idleMs?: number;
                        } | null;
                        maxConcurrent?: number | null;
                        /** @default true */
                        enabled?: boolean;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/upstreams/{upstream}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes an upstream's settings: what is named, null takes a field away. A new address needs the key again.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    upstream: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        baseUrl?: string | null;
                        apiKey?: string;
                        models?: {
                            [key: string]: string;
                        } | null;
                        timeouts?: {
                            firstByteMs?: number;
                            wholeMs?: number;
                            idleMs?: number;
                        } | null;
                        maxConcurrent?: number | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/console/api/admin/upstreams/{upstream}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Switches an upstream on or off, or drains it: no new requests, running ones and videos end.
         * @description Who may: The operator.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    upstream: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        state: "on" | "draining" | "off";
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/upstream-tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks a model of an upstream for one word, before it is saved or after. It costs the operator what that costs.
         * @description Who may: The operator.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        provider: "alibaba" | "anthropic" | "anthropic-compatible" | "azure" | "bytedance" | "cerebras" | "databricks" | "deepinfra" | "deepseek" | "fireworks" | "gemini-compatible" | "google" | "groq" | "huggingface" | "llamacpp" | "lmstudio" | "minimax" | "mistral" | "moonshot" | "nebius" | "ollama" | "openai" | "openai-compatible" | "openai-completions-compatible" | "openai-responses-compatible" | "openrouter" | "perplexity" | "sandbox" | "together" | "venice" | "vllm" | "xai" | "xiaomi" | "zhipu";
                        baseUrl?: string | null;
                        apiKey?: string;
                        upstream?: string;
                        model?: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string|null} */
                            problem: "unreachable" | "tls" | "timeout" | "broken" | "key_refused" | "not_found" | "busy" | "refused" | "not_understood" | null;
                            status: number | null;
                            latencyMs: number;
                            model: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/upstream-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The names of the models that an upstream says it has, each with the model of ours that it seems to be.
         * @description Who may: The operator.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        provider: "alibaba" | "anthropic" | "anthropic-compatible" | "azure" | "bytedance" | "cerebras" | "databricks" | "deepinfra" | "deepseek" | "fireworks" | "gemini-compatible" | "google" | "groq" | "huggingface" | "llamacpp" | "lmstudio" | "minimax" | "mistral" | "moonshot" | "nebius" | "ollama" | "openai" | "openai-compatible" | "openai-completions-compatible" | "openai-responses-compatible" | "openrouter" | "perplexity" | "sandbox" | "together" | "venice" | "vllm" | "xai" | "xiaomi" | "zhipu";
                        baseUrl?: string | null;
                        apiKey?: string;
                        upstream?: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string|null} */
                            problem: "unreachable" | "tls" | "timeout" | "broken" | "key_refused" | "not_found" | "busy" | "refused" | "not_understood" | null;
                            status: number | null;
                            latencyMs: number;
                            items: {
                                name: string;
                                model: string | null;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every model, sold or not: state, routes, list price and what is left of it.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                id: string;
                                provider: string;
                                /** @enum {string} */
                                kind: "chat" | "embedding" | "image" | "video" | "speech" | "transcription";
                                /** @enum {string} */
                                status: "live" | "legacy" | "deprecated" | "retired";
                                /** @enum {string} */
                                source: "catalogue" | "changed" | "own";
                                hidden: boolean;
                                /** @enum {string|null} */
                                problem: "hidden" | "retired" | "not_served" | "unpriced" | "no_upstream" | "shadowed" | null;
                                aliases: string[];
                                candidates: {
                                    upstream: string;
                                    name: string;
                                    priority: number;
                                    weight: number;
                                    cost: {
                                        /** @enum {string} */
                                        unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                        per: number;
                                        /**
                                         * @description Whole nano-USD as a decimal string of at most 30 digits.
                                         * @example 12300000
                                         */
                                        nano: string;
                                    }[] | null;
                                }[];
                                rates: {
                                    /** @enum {string} */
                                    unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                    per: number;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    nano: string;
                                }[];
                                variants: number;
                                marginBp: number | null;
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Adds a model of one's own: what it is, where it can be had and what it costs. Its first prices are in force at once.
         * @description Who may: The operator.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        provider?: string | null;
                        /** @enum {string} */
                        kind: "chat" | "embedding" | "image" | "video" | "speech" | "transcription";
                        /** @enum {string|null} */
                        status?: "live" | "legacy" | "deprecated" | "retired" | null;
                        replacement?: string | null;
                        replyModel?: string | null;
                        /** @enum {boolean|null} */
                        hidden?: true | null;
                        aliases?: string[] | null;
                        context?: number | null;
                        maxOutput?: number | null;
                        defaultMaxTokens?: number | null;
                        modalities?: {
                            input: string[];
                            output: string[];
                        } | null;
                        capabilities?: string[] | null;
                        upstream?: {
                            protocol: string;
                            model: string;
                        } | null;
                        prices?: {
                            input?: string;
                            cache_read?: string;
                            cache_write_5m?: string;
                            cache_write_1h?: string;
                            output?: string;
                            reasoning?: string;
                            image_input?: string;
                            image_output?: string;
                            audio_input?: string;
                            audio_output?: string;
                            audio_cache_read?: string;
                            image?: string;
                            video_second?: string;
                            video_token?: string;
                            web_search?: string;
                            request?: string;
                        } | null;
                        tiers?: {
                            above: number;
                            prices: {
                                input?: string;
                                cache_read?: string;
                                cache_write_5m?: string;
                                cache_write_1h?: string;
                                output?: string;
                                reasoning?: string;
                                image_input?: string;
                                image_output?: string;
                                audio_input?: string;
                                audio_output?: string;
                                audio_cache_read?: string;
                                image?: string;
                                video_second?: string;
                                video_token?: string;
                                web_search?: string;
                                request?: string;
                            };
                        }[] | null;
                        rates?: {
                            /** @enum {string} */
                            unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                            per: 1 | 1000000;
                            price: string;
                            variant: {
                                [key: string]: string | boolean | number;
                            };
                        }[] | null;
                        rounding?: {
                            scale: number;
                        } | null;
                        duration?: {
                            min?: number;
                            max?: number;
                            auto?: number;
                            default?: number;
                            allowed?: number[];
                        } | null;
                        resolutions?: string[] | null;
                        routes: {
                            upstream: string;
                            model: string;
                            /** @default 1 */
                            priority?: number;
                            /** @default 1 */
                            weight?: number;
                            cost?: {
                                input?: string;
                                cache_read?: string;
                                cache_write_5m?: string;
                                cache_write_1h?: string;
                                output?: string;
                                reasoning?: string;
                                image_input?: string;
                                image_output?: string;
                                audio_input?: string;
                                audio_output?: string;
                                audio_cache_read?: string;
                                image?: string;
                                video_second?: string;
                                video_token?: string;
                                web_search?: string;
                                request?: string;
                            };
                        }[];
                        rpm?: number | null;
                        tpm?: number | null;
                        concurrency?: number | null;
                        id: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One model: routes, limits, names, and every version of its prices.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query: {
                    id: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            provider: string;
                            /** @enum {string} */
                            kind: "chat" | "embedding" | "image" | "video" | "speech" | "transcription";
                            /** @enum {string} */
                            status: "live" | "legacy" | "deprecated" | "retired";
                            /** @enum {string} */
                            source: "catalogue" | "changed" | "own";
                            hidden: boolean;
                            /** @enum {string|null} */
                            problem: "hidden" | "retired" | "not_served" | "unpriced" | "no_upstream" | "shadowed" | null;
                            aliases: string[];
                            candidates: {
                                upstream: string;
                                name: string;
                                priority: number;
                                weight: number;
                                cost: {
                                    /** @enum {string} */
                                    unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                    per: number;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    nano: string;
                                }[] | null;
                            }[];
                            rates: {
                                /** @enum {string} */
                                unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                per: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                nano: string;
                            }[];
                            variants: number;
                            marginBp: number | null;
                            context: number;
                            maxOutput: number;
                            defaultMaxTokens: number | null;
                            replyModel: string | null;
                            replacement: string | null;
                            input: string[];
                            output: string[];
                            capabilities: string[];
                            rpm: number | null;
                            tpm: number | null;
                            concurrency: number | null;
                            routes: {
                                upstream: string;
                                model: string;
                                priority: number;
                                weight: number;
                                cost: {
                                    input?: string;
                                    cache_read?: string;
                                    cache_write_5m?: string;
                                    cache_write_1h?: string;
                                    output?: string;
                                    reasoning?: string;
                                    image_input?: string;
                                    image_output?: string;
                                    audio_input?: string;
                                    audio_output?: string;
                                    audio_cache_read?: string;
                                    image?: string;
                                    video_second?: string;
                                    video_token?: string;
                                    web_search?: string;
                                    request?: string;
                                } | null;
                            }[];
                            entry: {
                                provider: string;
                                /**
                                 * @default chat
                                 * @enum {string}
                                 */
                                kind: "chat" | "embedding" | "image" | "video" | "speech" | "transcription";
                                /**
                                 * @default live
                                 * @enum {string}
                                 */
                                status: "live" | "legacy" | "deprecated" | "retired";
                                /** @default null */
                                replacement: string | null;
                                /** @default null */
                                replyModel: string | null;
                                /** @default false */
                                hidden: boolean;
                                /** @default [] */
                                aliases: string[];
                                /** @default null */
                                context: number | null;
                                /** @default null */
                                maxOutput: number | null;
                                /** @default null */
                                defaultMaxTokens: number | null;
                                /**
                                 * @default {
                                 *       "input": [
                                 *         "text"
                                 *       ],
                                 *       "output": [
                                 *         "text"
                                 *       ]
                                 *     }
                                 */
                                modalities: {
                                    input: string[];
                                    output: string[];
                                };
                                /** @default [] */
                                capabilities: string[];
                                /** @default null */
                                upstream: {
                                    protocol: string;
                                    model: string;
                                } | null;
                                /** @default {} */
                                prices: {
                                    input?: string;
                                    cache_read?: string;
                                    cache_write_5m?: string;
                                    cache_write_1h?: string;
                                    output?: string;
                                    reasoning?: string;
                                    image_input?: string;
                                    image_output?: string;
                                    audio_input?: string;
                                    audio_output?: string;
                                    audio_cache_read?: string;
                                    image?: string;
                                    video_second?: string;
                                    video_token?: string;
                                    web_search?: string;
                                    request?: string;
                                };
                                /** @default [] */
                                tiers: {
                                    above: number;
                                    prices: {
                                        input?: string;
                                        cache_read?: string;
                                        cache_write_5m?: string;
                                        cache_write_1h?: string;
                                        output?: string;
                                        reasoning?: string;
                                        image_input?: string;
                                        image_output?: string;
                                        audio_input?: string;
                                        audio_output?: string;
                                        audio_cache_read?: string;
                                        image?: string;
                                        video_second?: string;
                                        video_token?: string;
                                        web_search?: string;
                                        request?: string;
                                    };
                                }[];
                                /** @default [] */
                                rates: {
                                    /** @enum {string} */
                                    unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                    per: 1 | 1000000;
                                    price: string;
                                    variant: {
                                        [key: string]: string | boolean | number;
                                    };
                                }[];
                                /** @default null */
                                rounding: {
                                    scale: number;
                                } | null;
                                /** @default null */
                                duration: {
                                    min?: number;
                                    max?: number;
                                    auto?: number;
                                    default?: number;
                                    allowed?: number[];
                                } | null;
                                /** @default [] */
                                resolutions: string[];
                                /** @default [] */
                                routes: {
                                    upstream: string;
                                    model: string;
                                    /** @default 1 */
                                    priority: number;
                                    /** @default 1 */
                                    weight: number;
                                    cost?: {
                                        input?: string;
                                        cache_read?: string;
                                        cache_write_5m?: string;
                                        cache_write_1h?: string;
                                        output?: string;
                                        reasoning?: string;
                                        image_input?: string;
                                        image_output?: string;
                                        audio_input?: string;
                                        audio_output?: string;
                                        audio_cache_read?: string;
                                        image?: string;
                                        video_second?: string;
                                        video_token?: string;
                                        web_search?: string;
                                        request?: string;
                                    };
                                }[];
                                /** @default null */
                                rpm: number | null;
                                /** @default null */
                                tpm: number | null;
                                /** @default null */
                                concurrency: number | null;
                            } | null;
                            published: boolean;
                            unpriced: ("input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request")[];
                            overrides: string[];
                            versions: {
                                row: number;
                                /** @description Milliseconds since the Unix epoch. */
                                fromAt: number;
                                /** @enum {string} */
                                origin: "setting" | "operator";
                                withdrawn: boolean;
                                inForce: boolean;
                                rates: {
                                    /** @enum {string} */
                                    unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                    per: number;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    nano: string;
                                }[];
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes a model: what is named; null gives back what the catalogue says. Prices that were published are changed by a draft.
         * @description Who may: The operator.
         */
        patch: {
            parameters: {
                query: {
                    id: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        provider?: string | null;
                        /** @enum {string|null} */
                        kind?: "chat" | "embedding" | "image" | "video" | "speech" | "transcription" | null;
                        /** @enum {string|null} */
                        status?: "live" | "legacy" | "deprecated" | "retired" | null;
                        replacement?: string | null;
                        replyModel?: string | null;
                        /** @enum {boolean|null} */
                        hidden?: true | null;
                        aliases?: string[] | null;
                        context?: number | null;
                        maxOutput?: number | null;
                        defaultMaxTokens?: number | null;
                        modalities?: {
                            input: string[];
                            output: string[];
                        } | null;
                        capabilities?: string[] | null;
                        upstream?: {
                            protocol: string;
                            model: string;
                        } | null;
                        prices?: {
                            input?: string;
                            cache_read?: string;
                            cache_write_5m?: string;
                            cache_write_1h?: string;
                            output?: string;
                            reasoning?: string;
                            image_input?: string;
                            image_output?: string;
                            audio_input?: string;
                            audio_output?: string;
                            audio_cache_read?: string;
                            image?: string;
                            video_second?: string;
                            video_token?: string;
                            web_search?: string;
                            request?: string;
                        } | null;
                        tiers?: {
                            above: number;
                            prices: {
                                input?: string;
                                cache_read?: string;
                                cache_write_5m?: string;
                                cache_write_1h?: string;
                                output?: string;
                                reasoning?: string;
                                image_input?: string;
                                image_output?: string;
                                audio_input?: string;
                                audio_output?: string;
                                audio_cache_read?: string;
                                image?: string;
                                video_second?: string;
                                video_token?: string;
                                web_search?: string;
                                request?: string;
                            };
                        }[] | null;
                        rates?: {
                            /** @enum {string} */
                            unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                            per: 1 | 1000000;
                            price: string;
                            variant: {
                                [key: string]: string | boolean | number;
                            };
                        }[] | null;
                        rounding?: {
                            scale: number;
                        } | null;
                        duration?: {
                            min?: number;
                            max?: number;
                            auto?: number;
                            default?: number;
                            allowed?: number[];
                        } | null;
                        resolutions?: string[] | null;
                        routes?: {
                            upstream: string;
                            model: string;
                            /** @default 1 */
                            priority?: number;
                            /** @default 1 */
                            weight?: number;
                            cost?: {
                                input?: string;
                                cache_read?: string;
                                cache_write_5m?: string;
                                cache_write_1h?: string;
                                output?: string;
                                reasoning?: string;
                                image_input?: string;
                                image_output?: string;
                                audio_input?: string;
                                audio_output?: string;
                                audio_cache_read?: string;
                                image?: string;
                                video_second?: string;
                                video_token?: string;
                                web_search?: string;
                                request?: string;
                            };
                        }[] | null;
                        rpm?: number | null;
                        tpm?: number | null;
                        concurrency?: number | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/console/api/admin/prices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The prices in force of every model on sale, and the draft over them.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                model: string;
                                provider: string;
                                kind: string;
                                lists: {
                                    when: {
                                        [key: string]: string | number | boolean;
                                    } | null;
                                    rates: {
                                        /** @enum {string} */
                                        unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                        per: number;
                                        /**
                                         * @description Whole nano-USD as a decimal string of at most 30 digits.
                                         * @example 12300000
                                         */
                                        nano: string;
                                    }[];
                                    tiers: {
                                        above: number;
                                        rates: {
                                            /** @enum {string} */
                                            unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                            per: number;
                                            /**
                                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                                             * @example 12300000
                                             */
                                            nano: string;
                                        }[];
                                    }[];
                                    decimals: number;
                                }[];
                                cost: {
                                    /** @enum {string} */
                                    unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                    per: number;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    nano: string;
                                }[] | null;
                                marginBp: number | null;
                                draft: {
                                    lists: {
                                        when: {
                                            [key: string]: string | number | boolean;
                                        } | null;
                                        rates: {
                                            /** @enum {string} */
                                            unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                            per: number;
                                            /**
                                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                                             * @example 12300000
                                             */
                                            nano: string;
                                        }[];
                                        tiers: {
                                            above: number;
                                            rates: {
                                                /** @enum {string} */
                                                unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                                per: number;
                                                /**
                                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                                 * @example 12300000
                                                 */
                                                nano: string;
                                            }[];
                                        }[];
                                        decimals: number;
                                    }[];
                                    marginBp: number | null;
                                    /** @description Milliseconds since the Unix epoch. */
                                    updatedAt: number;
                                } | null;
                                /** @description Milliseconds since the Unix epoch. */
                                scheduledAt: number | null;
                            }[];
                            version: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/prices/draft": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Drafts the prices of one model: all of its lists. Nothing is in force before it is published.
         * @description Who may: The operator.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        model: string;
                        lists: {
                            when: {
                                [key: string]: string | number | boolean;
                            } | null;
                            rates: {
                                /** @enum {string} */
                                unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                nano: string;
                            }[];
                            tiers: {
                                above: number;
                                rates: {
                                    /** @enum {string} */
                                    unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    nano: string;
                                }[];
                            }[];
                        }[];
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            version: string;
                            models: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/prices/rule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drafts the prices of many models by a rule: so much of the price in force, or of what the upstream takes.
         * @description Who may: The operator.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        models: string[];
                        rule: {
                            /** @enum {string} */
                            base: "price" | "cost";
                            factor: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            stepNano: string;
                            /** @enum {string} */
                            way: "nearest" | "up" | "down";
                        };
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            version: string;
                            models: number;
                            skipped: string[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/prices/drop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes models out of the draft, or empties it.
         * @description Who may: The operator.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        models: string[] | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            version: string;
                            models: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/prices/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publishes the draft that was looked at: in force on every server from now on, or from a moment to come.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        version: string;
                        /** @description Milliseconds since the Unix epoch. */
                        fromAt: number | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            models: number;
                            rows: number;
                            /** @description Milliseconds since the Unix epoch. */
                            fromAt: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/prices/scheduled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Versions that are published and come into force later, the next first.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                row: number;
                                list: string;
                                /** @description Milliseconds since the Unix epoch. */
                                fromAt: number;
                                rates: {
                                    /** @enum {string} */
                                    unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                    per: number;
                                    /**
                                     * @description Whole nano-USD as a decimal string of at most 30 digits.
                                     * @example 12300000
                                     */
                                    nano: string;
                                }[];
                            }[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/prices/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes versions back before their moment: all that are named, or none. They stay in the history and are never in force.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        rows: number[];
                    };
                };
            };
            responses: {
                /** @description Done. */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/prices/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Replays the charged requests of the last days under the draft: events `progress`, then `result`.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: {
                    days?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every plan, and how many accounts are on it.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                id: string;
                                enabled: boolean;
                                discount: string | null;
                                multiplier: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                feeNano: string;
                                rpm: number | null;
                                tpm: number | null;
                                concurrency: number | null;
                                isDefault: boolean;
                                accounts: number;
                                /** @description Milliseconds since the Unix epoch. */
                                updatedAt: number;
                            }[];
                            withoutPlan: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Adds a plan.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        id: string;
                        discount?: string | null;
                        price?: string | null;
                        rpm?: number | null;
                        tpm?: number | null;
                        concurrency?: number | null;
                        default?: boolean;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/plans/{plan}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes a plan: what is named, null takes a field away. Requests admitted from then on use it.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    plan: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        discount?: string | null;
                        price?: string | null;
                        rpm?: number | null;
                        tpm?: number | null;
                        concurrency?: number | null;
                        default?: boolean;
                        enabled?: boolean;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/console/api/admin/plan-preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a model costs under a discount, beside its list price and what the upstream takes.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query: {
                    model: string;
                    discount?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            list: {
                                /** @enum {string} */
                                unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                per: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                nano: string;
                            }[];
                            under: {
                                /** @enum {string} */
                                unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                per: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                nano: string;
                            }[];
                            cost: {
                                /** @enum {string} */
                                unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                                per: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                nano: string;
                            }[] | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Accounts, newest first, by a part of the name, an owner's address, an id, or a key's last four characters.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    limit?: number;
                    search?: string;
                    state?: "open" | "frozen" | "owing";
                    plan?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["OperatorAccount"][];
                            next: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Open an account, and invite who is to own it.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        name: string;
                        /** @default null */
                        planId?: string | null;
                        /** @default null */
                        email?: string | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            link: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/accounts/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One account: its money, its people, its plan, and why it is frozen.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            account: components["schemas"]["OperatorAccount"];
                            company: string | null;
                            /** @description Milliseconds since the Unix epoch. */
                            closedAt: number | null;
                            frozen: {
                                /** @description Milliseconds since the Unix epoch. */
                                at: number;
                                actor: string;
                                reason: string;
                            } | null;
                            newestTransfer: string;
                            members: {
                                id: string;
                                name: string;
                                email: string;
                                /** @enum {string} */
                                role: "owner" | "member";
                            }[];
                            invited: {
                                email: string;
                                role: string;
                                /** @description Milliseconds since the Unix epoch. */
                                expiresAt: number;
                            }[];
                            plans: string[];
                            defaultPlan: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/accounts/{account}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Invite somebody to own an account.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        email: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            link: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/accounts/{account}/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop what an account spends; the reason stands in the audit log.
         * @description Who may: Operator and support.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        reason: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            account: components["schemas"]["OperatorAccount"];
                            company: string | null;
                            /** @description Milliseconds since the Unix epoch. */
                            closedAt: number | null;
                            frozen: {
                                /** @description Milliseconds since the Unix epoch. */
                                at: number;
                                actor: string;
                                reason: string;
                            } | null;
                            newestTransfer: string;
                            members: {
                                id: string;
                                name: string;
                                email: string;
                                /** @enum {string} */
                                role: "owner" | "member";
                            }[];
                            invited: {
                                email: string;
                                role: string;
                                /** @description Milliseconds since the Unix epoch. */
                                expiresAt: number;
                            }[];
                            plans: string[];
                            defaultPlan: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/accounts/{account}/thaw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a frozen account spend again; the reason stands in the audit log.
         * @description Who may: Operator and support.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        reason: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            account: components["schemas"]["OperatorAccount"];
                            company: string | null;
                            /** @description Milliseconds since the Unix epoch. */
                            closedAt: number | null;
                            frozen: {
                                /** @description Milliseconds since the Unix epoch. */
                                at: number;
                                actor: string;
                                reason: string;
                            } | null;
                            newestTransfer: string;
                            members: {
                                id: string;
                                name: string;
                                email: string;
                                /** @enum {string} */
                                role: "owner" | "member";
                            }[];
                            invited: {
                                email: string;
                                role: string;
                                /** @description Milliseconds since the Unix epoch. */
                                expiresAt: number;
                            }[];
                            plans: string[];
                            defaultPlan: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/accounts/{account}/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Put an account on a plan, without a fee; null: on the usual one.
         * @description Who may: The operator.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        planId: string | null;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            account: components["schemas"]["OperatorAccount"];
                            company: string | null;
                            /** @description Milliseconds since the Unix epoch. */
                            closedAt: number | null;
                            frozen: {
                                /** @description Milliseconds since the Unix epoch. */
                                at: number;
                                actor: string;
                                reason: string;
                            } | null;
                            newestTransfer: string;
                            members: {
                                id: string;
                                name: string;
                                email: string;
                                /** @enum {string} */
                                role: "owner" | "member";
                            }[];
                            invited: {
                                email: string;
                                role: string;
                                /** @description Milliseconds since the Unix epoch. */
                                expiresAt: number;
                            }[];
                            plans: string[];
                            defaultPlan: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/accounts/{account}/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An account's statement, newest first: transfers, and requests by the day.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    limit?: number;
                };
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["StatementLine"][];
                            next: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Credit or debit an account, with a reason. Needs an Idempotency-Key.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @enum {string} */
                        direction: "credit" | "debit";
                        /** @enum {string} */
                        fund: "payment" | "promo" | "adjustment";
                        /**
                         * @description Whole nano-USD as a decimal string of at most 30 digits.
                         * @example 12300000
                         */
                        amountNano: string;
                        reason: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            transfer: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            balanceNano: string;
                            replayed: boolean;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            pendingNano: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/accounts/{account}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An account's keys, newest first.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    limit?: number;
                };
                header?: never;
                path: {
                    account: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Key"][];
                            next: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/accounts/{account}/keys/{key}/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refuse a key of an account until it is thawed.
         * @description Who may: Operator and support.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                    key: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            status: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/accounts/{account}/keys/{key}/thaw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept a frozen key of an account again.
         * @description Who may: Operator and support.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    account: string;
                    key: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            status: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/requests/{request}/refund": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a charge back, or a part of it; never more than it. Needs an Idempotency-Key.
         * @description Who may: The operator. Asks for a fresh proof of who one is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    request: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @description Whole nano-USD as a decimal string of at most 30 digits.
                         * @example 12300000
                         */
                        amountNano: string | null;
                        reason: string;
                    };
                };
            };
            responses: {
                /** @description The answer. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            transfer: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            balanceNano: string;
                            replayed: boolean;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            pendingNano: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Requests, newest first. A page may be short, or empty, and still have a next one: so far was looked.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: {
                    fromAt?: number | null;
                    toAt?: number | null;
                    model?: string;
                    key?: string;
                    outcome?: "completed" | "completed_no_usage" | "completed_zero_usage" | "client_cancelled" | "client_cancelled_preflight" | "upstream_failed_before_output" | "upstream_failed_after_output" | "upstream_failed_charged" | "empty" | "content_filtered" | "gateway_failed" | "rejected" | "crashed" | "revoked_midstream" | "cut_by_hold" | "task_lost";
                    /** @description Whole nano-USD as a decimal string of at most 30 digits. */
                    minNano?: string;
                    request?: string;
                    account?: string;
                    upstream?: string;
                    status?: number | null;
                    cursor?: string;
                    limit?: number;
                    direction?: "older" | "newer";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["OperatorRequest"][];
                            next: string | null;
                            previous: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/requests/{request}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One request with its charge line by line, every attempt, our cost and what may still be refunded.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    request: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            request: components["schemas"]["OperatorRequest"];
                            charge: components["schemas"]["ExplainedCharge"];
                            attempts: {
                                upstream: string;
                                model: string;
                                status: number | null;
                                result: string;
                                durationMs: number;
                            }[];
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            costNano: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            marginNano: string;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            refundableNano: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/exports/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The requests of a filter as CSV. One that is cut says in `x-farthing-next` before which request.
         * @description Who may: Operator and auditor. Asks for a fresh proof of who one is.
         */
        get: {
            parameters: {
                query?: {
                    fromAt?: number | null;
                    toAt?: number | null;
                    model?: string;
                    key?: string;
                    outcome?: "completed" | "completed_no_usage" | "completed_zero_usage" | "client_cancelled" | "client_cancelled_preflight" | "upstream_failed_before_output" | "upstream_failed_after_output" | "upstream_failed_charged" | "empty" | "content_filtered" | "gateway_failed" | "rejected" | "crashed" | "revoked_midstream" | "cut_by_hold" | "task_lost";
                    /** @description Whole nano-USD as a decimal string of at most 30 digits. */
                    minNano?: string;
                    request?: string;
                    account?: string;
                    upstream?: string;
                    status?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A CSV file. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/request-choices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Models and upstreams that were used in the last 90 days, by what was spent.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            models: string[];
                            upstreams: string[];
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tasks that go on, the oldest first; or those that have ended, the newest first.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    limit?: number;
                    show?: "open" | "ended";
                    account?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["OperatorTask"][];
                            next: string | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/task-sums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many tasks go on, what they hold, and how many of them have not been heard of.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            open: number;
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            heldNano: string;
                            silent: number;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/tasks/{task}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a task where its provider still can: it then costs nobody anything.
         * @description Who may: The operator.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    task: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            state: string;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What every side of the books holds, what is borrowed and by whom, who is frozen, and the last audit by hand.
         * @description Who may: Operator, support and auditor.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            sides: {
                                /** @enum {string} */
                                side: "customer" | "revenue" | "payments" | "promo" | "absorbed" | "plan_fees" | "adjustments";
                                accounts: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                balanceNano: string;
                            }[];
                            /**
                             * @description Whole nano-USD as a decimal string of at most 30 digits.
                             * @example 12300000
                             */
                            sumNano: string;
                            customers: {
                                accounts: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                balanceNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                promoNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                borrowedNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                pendingNano: string;
                                frozen: number;
                            };
                            nodes: {
                                id: string;
                                isFenced: boolean;
                                silentMs: number | null;
                                requests: number | null;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                borrowedNano: string;
                            }[];
                            tasks: {
                                count: number;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                borrowedNano: string;
                            };
                            frozen: {
                                id: string;
                                name: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                balanceNano: string;
                                /**
                                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                                 * @example 12300000
                                 */
                                pendingNano: string;
                                /** @description Milliseconds since the Unix epoch. */
                                since: number | null;
                                actor: string | null;
                                reason: string | null;
                            }[];
                            lastAudit: {
                                /** @description Milliseconds since the Unix epoch. */
                                at: number;
                                actor: string;
                                accounts: number;
                                transfers: number;
                                requests: number;
                                disagreements: number;
                                tookMs: number;
                            } | null;
                        };
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/console/api/admin/ledger/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Derive every balance and every charge anew and compare: events `step` and, at last, `end` or `failed`.
         * @description Who may: Operator and auditor.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                /** @description It was refused. */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
                /** @description It could not be done. */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConsoleError"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ConsoleError: {
            error: {
                /** @description A constant: one of invalid_value, sign_in_required, wrong_proof, insufficient_balance, forbidden, step_up_required, cross_site, not_found, method_not_allowed, conflict, code_used, gone, too_large, unsupported_media, rate_limited, internal, unavailable, or one of the gateway's where money or limits say no. */
                code: string;
                /** @description What happened, why, and the next step. Safe to show. */
                message: string;
                /** @description What is wrong with each field, by its path. */
                fields?: {
                    [key: string]: string;
                };
            };
        };
        Key: {
            id: string;
            name: string;
            /** @description Prefix and last four characters; the key itself is shown once. */
            masked: string;
            /** @enum {string} */
            state: "active" | "frozen" | "revoked" | "expired";
            /** @description Milliseconds since the Unix epoch. */
            createdAt: number;
            /** @description Milliseconds since the Unix epoch. */
            expiresAt: number | null;
            /** @description The begin of the hour of its last request; null: none in 90 days. */
            lastHourAt: number | null;
            rpm: number | null;
            tpm: number | null;
            concurrency: number | null;
            models: string[] | null;
            budget: {
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                limitNano: string;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                spentNano: string;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                heldNano: string;
                /** @enum {string|null} */
                period: "day" | "week" | "month" | null;
                /** @description Milliseconds since the Unix epoch. */
                untilAt: number | null;
            } | null;
        };
        AlertRule: {
            id: string;
            /** @enum {string} */
            kind: "low_balance" | "key_budget" | "daily_spend";
            people: string[];
            webhook: boolean;
            enabled: boolean;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            amountNano: string | null;
            percent: number | null;
            factor: number | null;
            /** @description Milliseconds since the Unix epoch. */
            firedAt: number | null;
        };
        AccountPlan: {
            id: string;
            multiplier: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            feeNano: string;
            rpm: number | null;
            tpm: number | null;
            concurrency: number | null;
            isCurrent: boolean;
            isOwned: boolean;
        };
        StatementLine: {
            /** @enum {string} */
            type: "transfer" | "usage";
            kind: string;
            isPromo: boolean;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            amountNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            balanceNano: string;
            reason: string | null;
            requests: number | null;
            /** @description Milliseconds since the Unix epoch. */
            at: number;
            transfer: string | null;
        };
        Invoice: {
            id: string;
            number: string;
            /** @enum {string} */
            kind: "month" | "credit";
            subject: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            totalNano: string;
            /** @description Milliseconds since the Unix epoch. */
            issuedAt: number;
            /** @description Milliseconds since the Unix epoch. */
            fromAt: number;
            /** @description Milliseconds since the Unix epoch. */
            toAt: number;
            seller: {
                name: string;
                support: string | null;
                address: string | null;
                taxId: string | null;
            };
            buyer: {
                name: string;
                company: string | null;
                address: string | null;
                taxId: string | null;
            };
            lines: {
                text: string;
                requests: number | null;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                amountNano: string;
            }[];
        };
        Code: {
            id: string;
            last4: string;
            /** @enum {string} */
            state: "open" | "used" | "ended" | "revoked";
            /** @enum {string} */
            kind: "promo" | "paid";
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            amountNano: string;
            uses: number;
            used: number;
            perAccount: number;
            note: string | null;
            /** @description Milliseconds since the Unix epoch. */
            createdAt: number;
            /** @description Milliseconds since the Unix epoch. */
            expiresAt: number | null;
        };
        StorefrontSettings: {
            name: string;
            keyPrefix: string;
            keyLength: number;
            mounts: string[];
            unit: {
                name: string;
                symbol: string | null;
                rate: {
                    num: string;
                    den: string;
                };
            };
            support: string | null;
            seller: {
                name: string | null;
                address: string | null;
                taxId: string | null;
            };
            billingUrl: string | null;
            /** @enum {string} */
            catalog: "all" | "own";
            /** @enum {string} */
            registration: "open" | "invite" | "closed";
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            startCreditNano: string;
            registrationsPerPeer: number;
            registrationsPerDay: number;
            idempotency: boolean;
            brand: {
                accent: string | null;
                accentDark: string | null;
                logo: string | null;
            };
            fromFile: string[];
            /** @description Milliseconds since the Unix epoch. */
            changedAt: number | null;
            warnings: string[];
        };
        UsageOverview: {
            /** @description Milliseconds since the Unix epoch. */
            fromAt: number;
            /** @description Milliseconds since the Unix epoch. */
            toAt: number;
            /** @enum {string} */
            bucket: "hour" | "day";
            now: {
                requests: number;
                failures: number;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                spendNano: string;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                refundedNano: string;
                inputTokens: number;
                cacheReadTokens: number;
                outputTokens: number;
                reasoningTokens: number;
            };
            before: {
                requests: number;
                failures: number;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                spendNano: string;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                refundedNano: string;
                inputTokens: number;
                cacheReadTokens: number;
                outputTokens: number;
                reasoningTokens: number;
            };
            parts: {
                name: string | null;
                label: string | null;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                spendNano: string;
                requests: number;
            }[];
            /** @description Without a gap; `partsNano` has the spend of each of `parts`, in their order. */
            points: {
                /** @description Milliseconds since the Unix epoch. */
                at: number;
                requests: number;
                failures: number;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                spendNano: string;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                refundedNano: string;
                inputTokens: number;
                cacheReadTokens: number;
                outputTokens: number;
                reasoningTokens: number;
                partsNano: string[];
            }[];
            firstByte: {
                p50: number | null;
                p95: number | null;
            };
            duration: {
                p50: number | null;
                p95: number | null;
            };
            /** @description Only where somebody was answered. */
            latency: {
                /** @description Milliseconds since the Unix epoch. */
                at: number;
                requests: number;
                firstByte: {
                    p50: number | null;
                    p95: number | null;
                };
                duration: {
                    p50: number | null;
                    p95: number | null;
                };
            }[];
            models: {
                name: string;
                label: string;
                requests: number;
                failures: number;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                spendNano: string;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                refundedNano: string;
                inputTokens: number;
                cacheReadTokens: number;
                outputTokens: number;
                reasoningTokens: number;
            }[];
            keys: {
                name: string;
                label: string;
                requests: number;
                failures: number;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                spendNano: string;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                refundedNano: string;
                inputTokens: number;
                cacheReadTokens: number;
                outputTokens: number;
                reasoningTokens: number;
            }[];
        };
        Request: {
            id: string;
            /** @description Milliseconds since the Unix epoch. */
            at: number;
            key: string;
            keyName: string;
            model: string;
            protocol: string;
            stream: boolean;
            status: number;
            outcome: string;
            source: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            spendNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            refundedNano: string;
            inputTokens: number;
            cacheReadTokens: number;
            outputTokens: number;
            reasoningTokens: number;
            durationMs: number;
            firstByteMs: number | null;
        };
        ExplainedCharge: {
            request: components["schemas"]["Request"];
            usageInvalid: boolean;
            note: string | null;
            lines: {
                /** @enum {string} */
                unit: "input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output" | "reasoning" | "image_input" | "image_output" | "audio_input" | "audio_output" | "audio_cache_read" | "image" | "video_second" | "video_token" | "web_search" | "request";
                count: number;
                per: number;
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                millionNano: string;
                /** @description Whole femto-USD (1e-15 USD): count times price, before anything is rounded. */
                amountFemto: string;
            }[];
            /** @description Whole femto-USD (1e-15 USD): count times price, before anything is rounded. */
            sumFemto: string;
            price: {
                id: string;
                /** @description Milliseconds since the Unix epoch. */
                sinceAt: number;
                aboveTokens: number | null;
                decimals: number;
            } | null;
            plan: string | null;
            multiplier: {
                num: string;
                den: string;
            };
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            exactNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            heldNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            chargedNano: string;
            /**
             * @description What the usage cost beyond that; nobody pays it.
             * @example 12300000
             */
            absorbedNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            refundedNano: string;
            refunds: {
                /**
                 * @description Whole nano-USD as a decimal string of at most 30 digits.
                 * @example 12300000
                 */
                amountNano: string;
                reason: string;
                /** @description Milliseconds since the Unix epoch. */
                at: number;
            }[];
            attempts: {
                result: string;
                durationMs: number;
            }[];
            /** @description Names of what translation could not carry to the provider or back, as `x-farthing-dropped` told them. */
            dropped: string[];
        };
        OperatorAccount: {
            id: string;
            name: string;
            owner: string | null;
            planId: string | null;
            isFrozen: boolean;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            balanceNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            promoNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            borrowedNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            pendingNano: string;
            requests: number;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            revenueNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            costNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            marginNano: string;
            /** @description Milliseconds since the Unix epoch. */
            createdAt: number;
        };
        OperatorRequest: components["schemas"]["Request"] & {
            account: string;
            accountName: string;
            upstream: string | null;
            attempts: number;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            costNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            absorbedNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            marginNano: string;
        };
        OperatorTask: {
            id: string;
            request: string;
            account: string;
            accountName: string;
            state: string;
            model: string;
            upstream: string;
            isKnown: boolean;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            holdNano: string;
            /**
             * @description Whole nano-USD as a decimal string of at most 30 digits.
             * @example 12300000
             */
            chargeNano: string | null;
            error: string | null;
            misses: number;
            /** @description Milliseconds since the Unix epoch. */
            createdAt: number;
            /** @description Milliseconds since the Unix epoch. */
            startedAt: number | null;
            /** @description Milliseconds since the Unix epoch. */
            finishedAt: number | null;
            /** @description Milliseconds since the Unix epoch. */
            deadlineAt: number;
            /** @description Milliseconds since the Unix epoch. */
            dueAt: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
