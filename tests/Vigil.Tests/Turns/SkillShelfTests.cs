using Vigil.Turns;

namespace Vigil.Tests.Turns;

public sealed class SkillShelfTests : IDisposable
{
    private readonly DirectoryInfo _workspace = Directory.CreateTempSubdirectory("vigil-skills-");

    public void Dispose() => _workspace.Delete(recursive: true);

    [Theory]
    [InlineData("name: bills\ndescription: Read and file bills.", "- bills (skills/one/SKILL.md): Read and file bills.")]
    [InlineData("name: \"bills\"\ndescription: 'Read: and file bills.'", "- bills (skills/one/SKILL.md): Read: and file bills.")]
    [InlineData("name: bills\ndescription: >-\n  Read and\n  file bills.\nlicense: MIT", "- bills (skills/one/SKILL.md): Read and file bills.")]
    [InlineData("description: |\n  Read and\n  file bills.\nmetadata:\n  name: other\n  description: other", "- one (skills/one/SKILL.md): Read and file bills.")]
    [InlineData("name: bills\ndescription:\n  Read and\n  file bills.", "- bills (skills/one/SKILL.md): Read and file bills.")]
    [InlineData("name: bills\ndescription: Read and\n  file bills.", "- bills (skills/one/SKILL.md): Read and file bills.")]
    public void Listing_EachWayToWriteADescription_IsOneLine(string head, string line)
    {
        Skill("one", $"---\n{head}\n---\nThe body.\ndescription: not this");
        Assert.Equal(line, new SkillShelf().Listing(_workspace.FullName, null)!.TrimEnd().Split('\n')[^1]);
    }

    [Theory]
    [InlineData("no head at all")]
    [InlineData("---\nname: bills\n---\n")]
    [InlineData("---\nname: bills\ndescription: >\n---\n")]
    public void Listing_WithoutADescription_LeavesTheSkillOut(string text)
    {
        Skill("one", text);
        Assert.Null(new SkillShelf().Listing(_workspace.FullName, null));
    }

    private void Skill(string name, string text)
        => File.WriteAllText(Path.Combine(_workspace.CreateSubdirectory(Path.Combine("skills", name)).FullName, "SKILL.md"), text);
}
