#include "sim/many_jobs.hpp"

#include <cstdio>
#include <string>
#include <thread>

#include "base/format.hpp"
#include "sim/summary.hpp"

namespace posthouse::sim {

namespace {

struct Job {
    std::string command;
    Summary summary;
    bool good = false;
};

void read_all(Job& job, bool quiet) {
    std::FILE* pipe = ::popen(job.command.c_str(), "r");
    if (pipe == nullptr) {
        return;
    }
    std::string last_seed = "none";
    char buffer[4096];
    std::string line;
    while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) {
        line += buffer;
        if (!line.ends_with('\n')) {
            continue;
        }
        const bool verdict = line.starts_with("seed ") && line.find(", trace ") != std::string::npos;
        if (verdict) {
            last_seed = line.substr(5, line.find(':') - 5);
        }
        const bool dull = verdict && quiet && line.find("NOT REPRODUCIBLE") == std::string::npos;
        if (!job.summary.add_line(line) && !dull) {
            std::fputs(line.c_str(), stdout);
        }
        line.clear();
    }
    const int status = ::pclose(pipe);
    job.good = status == 0;
    if (status != 0 && job.summary.text().empty()) {
        std::printf("seed after %s: a process ended with status %d\n", last_seed.c_str(), status);
    }
}

}  // namespace

int run_jobs(std::span<char*> words, const JobPlan& plan) {
    std::vector<Job> jobs(plan.jobs);
    std::vector<std::jthread> readers;
    for (std::uint64_t i = 0; i < plan.jobs; ++i) {
        for (const char* word : words) {
            jobs[i].command += base::format("'{}' ", word);
        }
        const std::uint64_t share = (plan.seeds + plan.jobs - 1 - i) / plan.jobs;
        jobs[i].command += base::format("--jobs 1 --seed {} --seeds {} --stride {}", plan.seed + i, share, plan.jobs);
        readers.emplace_back(read_all, std::ref(jobs[i]), plan.quiet);
    }
    readers.clear();
    Summary sum;
    bool good = true;
    for (const Job& job : jobs) {
        good = good && job.good;
        const std::string text = job.summary.text();
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
            sum.add_line(std::string_view(text).substr(at, text.find('\n', at) - at));
        }
    }
    std::fputs(sum.text().c_str(), stdout);
    return good ? 0 : 1;
}

}  // namespace posthouse::sim
