import { describe, expect, it } from "vitest";

import { isHarmless, isPublicIp } from "./address.ts";
import { REFUSED_URLS } from "./fixtures/urls.ts";

describe("D97: addresses that may be fetched for a customer", () => {
  it.each(REFUSED_URLS)("refuses %s", (url) => {
    expect(isHarmless(url)).toBe(false);
  });

  it.each([
    "https://example.com/a.png",
    "HTTPS://EXAMPLE.COM:443/a.png?b=c#d",
    "http://example.com:80/",
    "https://sub.example.co.uk./a",
    "https://8.8.8.8/a.png",
    "https://172.32.0.1/",
    "https://100.128.0.1/",
    "https://[2606:4700:4700::1111]/a",
    "data:image/png;base64,AAAA",
    "DATA:image/png;base64,AAAA",
    "iVBORw0KGgoAAAANSUhEUg==",
    "/9j/4AAQSkZJRg",
    "",
  ])("lets %s through", (url) => {
    expect(isHarmless(url)).toBe(true);
  });

  it.each([
    ["1.1.1.1", true],
    ["223.255.255.255", true],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["9.255.255.255", true],
    ["11.0.0.0", true],
    ["100.63.255.255", true],
    ["172.15.255.255", true],
    ["192.167.255.255", true],
    ["198.17.255.255", true],
    ["198.20.0.0", true],
    ["2a00:1450:4001::200e", true],
    ["2001:4860:4860::8888", true],
    ["2001:0:4136:e378::1", false],
    ["2001:db8::1", false],
    ["2002:7f00:1::", false],
    ["3fff:123::1", false],
    ["64:ff9b::7f00:1", false],
    ["::ffff:8.8.8.8", false],
    ["::ffff:808:808", false],
    ["fe80::1%eth0", false],
    ["fd00::1", false],
    ["ff02::1", false],
    ["1.2.3", false],
    ["1.2.3.04", false],
    ["", false],
    ["not an address", false],
    ["1:2:3:4:5:6:7:8:9", false],
    ["2606::1::2", false],
    ["2606:4700", false],
  ])("%s is public: %s", (ip, expected) => {
    expect(isPublicIp(ip)).toBe(expected);
  });
});
